// Draws each figure when it comes near the window, and marks the chosen class in all of them.
(() => {
  "use strict";
  const NEAR = "600px 0px"; // a figure this near the window is drawn
  const MARGIN = 70; // pixels that the axis and its labels take of a plot's width
  const TOO_FEW = 220; // pixels; no plot is narrower
  const MOST = 780; // nor wider
  const views = new Map(); // figure -> { view, width }
  const state = { picked: "", within: null };

  function room(figure) {
    return Math.floor(figure.querySelector("[role=img]").clientWidth);
  }

  // Panels side by side where there is room for as many as the figure asks for, else fewer in a row.
  function laidOut(text, width) {
    const spec = JSON.parse(text);
    if (!spec.concat) {
      if (typeof spec.width === "number") spec.width = fitted(width - MARGIN, MOST);
      return spec;
    }
    const wanted = Math.min(spec.concat.length, spec.columns || spec.concat.length);
    spec.columns = Math.max(1, Math.min(wanted, Math.floor(width / 270)));
    const gap = (spec.columns - 1) * (typeof spec.spacing === "number" ? spec.spacing : 20);
    for (const panel of spec.concat) {
      if (typeof panel.width === "number") {
        panel.width = fitted((width - gap) / spec.columns - MARGIN, MOST);
      }
    }
    return spec;
  }

  function fitted(width, most) {
    return Math.max(TOO_FEW, Math.min(most, Math.floor(width)));
  }

  async function draw(figure) {
    const width = room(figure);
    const known = views.get(figure);
    if (!width || known?.width === width || window.matchMedia("print").matches) return;
    const slot = { width, view: null };
    views.set(figure, slot);
    const holder = figure.querySelector("[role=img]");
    const place = document.createElement("div");
    place.className = "live";
    const text = document.getElementById(`spec-${figure.dataset.key}`).textContent;
    // The policy of the page forbids code from strings, so expressions are interpreted (ast).
    const result = await vegaEmbed(place, laidOut(text, width), {
      ast: true,
      actions: false,
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
      logLevel: 1, // errors; that a layer is empty while no class is chosen is no warning
    });
    if (views.get(figure) !== slot) return result.finalize();
    known?.view?.finalize();
    slot.view = result.view;
    holder.querySelector(".live")?.remove();
    holder.append(place);
    holder.classList.add("drawn");
    if ("linked" in figure.dataset) link(result.view);
  }

  function link(view) {
    view.addEventListener("click", (event, item) => {
      const wnid = item?.datum?.wnid;
      if (typeof wnid === "string") pick(wnid === state.picked ? "" : wnid);
    });
    show(view);
  }

  function show(view) {
    view.signal("picked", state.picked).signal("within", state.within).runAsync();
  }

  function pick(wnid) {
    document.dispatchEvent(new CustomEvent("laionet:pick", { detail: { wnid } }));
  }

  function showAll() {
    for (const [figure, { view }] of views) {
      if (view && "linked" in figure.dataset) show(view);
    }
  }

  document.addEventListener("laionet:pick", (event) => {
    if (state.picked === event.detail.wnid) return;
    state.picked = event.detail.wnid;
    showAll();
  });
  document.addEventListener("laionet:within", (event) => {
    const wnids = event.detail.wnids;
    state.within = wnids && Object.fromEntries(wnids.map((wnid) => [wnid, 1]));
    showAll();
  });

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        draw(entry.target);
        sized.observe(entry.target);
      }
    },
    { rootMargin: NEAR },
  );
  const sized = new ResizeObserver((entries) => {
    for (const entry of entries) requestAnimationFrame(() => draw(entry.target));
  });
  for (const figure of document.querySelectorAll("figure[data-key]")) seen.observe(figure);
})();
