// Draws the figure of the page, with panels side by side where there is room and else one above the other.
(() => {
  "use strict";
  const BESIDE = 66; // pixels that a panel's axis labels and the gap to the next panel take
  const holder = document.getElementById("figure");
  const spec = document.getElementById("figure-spec").textContent;
  let drawn = 0;

  function laidOut(width) {
    const figure = JSON.parse(spec);
    const columns = width >= 780 ? figure.concat.length : 1;
    figure.columns = columns;
    for (const panel of figure.concat) {
      panel.width = Math.max(180, Math.floor(width / columns) - BESIDE);
    }
    return figure;
  }

  async function draw() {
    const width = Math.floor(holder.clientWidth);
    if (!width || width === drawn || window.matchMedia("print").matches) return;
    drawn = width;
    const place = document.createElement("div");
    place.className = "live";
    // The policy of the page forbids code from strings, so expressions are interpreted (ast).
    await vegaEmbed(place, laidOut(width), {
      ast: true,
      actions: false,
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
    });
    if (drawn !== width) return;
    holder.querySelector(".live")?.remove();
    holder.append(place);
    holder.classList.add("drawn");
  }

  let waiting = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  }).observe(holder);
})();
