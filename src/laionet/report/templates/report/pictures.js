// Shows pictures of one class at a time. Hears laionet:pick and laionet:within, says laionet:pick where a reader
// chooses a class here. All text of the data is foreign: it is set as text, never as HTML.
(() => {
  "use strict";
  const root = document.getElementById("pictures");
  const source = document.getElementById("pictures-index");
  if (!root || !source) return;

  const CHIPS = 12; // classes with the largest gaps that can be chosen at a touch
  const SAME = 0.9995; // two pictures of a higher cosine may be one
  const HIDDEN = { unsafe: "unsafe", unknown: "not rated" };
  const SAFETY = { safe: "marked as safe", unsafe: "marked as unsafe", unknown: "not marked as safe" };
  const index = JSON.parse(source.textContent);
  const byWnid = new Map(index.classes.map((one) => [one.wnid, one]));
  const place = root.querySelector(".pictures-place");
  const dialog = root.querySelector(".pictures-dialog");
  const select = root.querySelector("select");
  const chips = root.querySelector(".pictures-chips");
  const state = { wnid: "", view: "samples", within: null };

  function make(name, settings = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(settings)) {
      if (key === "text") node.textContent = value;
      else node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  function makeButton(settings, work, ...children) {
    const button = make("button", { type: "button", ...settings }, ...children);
    button.addEventListener("click", work);
    return button;
  }

  const note = (text) => make("p", { class: "note", text });
  const foreign = (text) => make("bdi", { text });
  const minus = (text) => text.replace("-", "−");
  const signed = (value, digits) => (value < 0 ? "" : "+") + minus(value.toFixed(digits));
  const cosine = (value) => minus(value.toFixed(2));
  const images = (n) => `${n.toLocaleString("en")} ${n === 1 ? "image" : "images"}`;

  // Which classes there are

  function classesWithin() {
    return index.classes.filter((one) => one.at !== null && (!state.within || state.within.has(one.wnid)));
  }

  function sidesOf(one) {
    return one.at === null ? [] : JSON.parse(document.getElementById(`pictures-class-${one.at}`).textContent);
  }

  const option = (one) => make("option", { value: one.wnid, text: one.name });

  function fillSelect() {
    const shown = classesWithin();
    select.replaceChildren(...shown.map(option));
    select.disabled = !shown.length;
    for (const button of root.querySelectorAll("[data-step]")) button.disabled = shown.length < 2;
  }

  // A class without pictures, or of another part, can be chosen elsewhere on the page: then it is listed too.
  function listAlso(one) {
    select.querySelector("[data-extra]")?.remove();
    if ([...select.options].some((each) => each.value === one.wnid)) return;
    const extra = option(one);
    extra.dataset.extra = "";
    select.append(extra);
  }

  function fillChips() {
    if (!chips) return;
    // The classes come in the order in which noise lets their gaps be told; the first of them by their gaps.
    const largest = classesWithin().filter((one) => one.gap !== null).slice(0, CHIPS);
    largest.sort((a, b) => Math.abs(b.gap) - Math.abs(a.gap));
    chips.replaceChildren(...largest.map(chip));
    chips.parentElement.hidden = !largest.length;
  }

  function chip(one) {
    const gap = make("span", { text: signed(100 * one.gap, 0) });
    return makeButton({ "data-wnid": one.wnid, title: one.name }, () => pick(one.wnid), foreign(one.name), gap);
  }

  function mark() {
    select.value = state.wnid;
    for (const button of root.querySelectorAll("[data-view]")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === state.view));
    }
    for (const button of chips ? chips.children : []) {
      button.setAttribute("aria-pressed", String(button.dataset.wnid === state.wnid));
    }
  }

  // A picture

  function frame(picture, name) {
    if (!picture.jpeg) return make("span", { class: "pictures-frame lost", text: picture.lost });
    const veil = HIDDEN[picture.safety];
    const { width, height } = picture;
    const src = `data:image/jpeg;base64,${picture.jpeg}`;
    const image = make("img", { src, alt: picture.caption || name, width, height });
    const box = make("span", { class: `pictures-frame${veil ? " hidden-picture" : ""}` }, image);
    if (veil) box.append(make("span", { class: "pictures-veil", text: veil }));
    return box;
  }

  function said(picture) {
    if (picture.right === null) return [];
    const text = picture.right ? "✓ right" : `✗ ${picture.said || "none of the list"}`;
    return [make("span", { class: `pictures-said ${picture.right ? "right" : "wrong"}` }, foreign(text))];
  }

  function grid(places, side, one, title) {
    const thumbs = places.map((at) => {
      const picture = side.pictures[at];
      const work = () => open(picture, one, title);
      const content = [frame(picture, one.name), ...said(picture)];
      return make("li", {}, makeButton({ class: "pictures-thumb" }, work, ...content));
    });
    return make("ul", { class: "pictures-grid" }, ...thumbs);
  }

  function part(heading, text, ...content) {
    return make("div", { class: "pictures-part" }, make("h5", { text: heading }), note(text), ...content);
  }

  // The views of a class

  function samples(side, one, title) {
    return side.samples.length ? grid(side.samples, side, one, title) : note("No images of this class.");
  }

  function intervals(side, one, title) {
    if (!side.intervals.length) return note("The similarity of captions to the class is not known here.");
    const parts = side.intervals.map((each) => {
      const range = `${cosine(each.low)} to ${cosine(each.high)}`;
      return part(range, images(each.n), grid(each.pictures, side, one, title));
    });
    return make("div", { class: "pictures-parts" }, ...parts);
  }

  function pairs(side, one, title) {
    if (!side.nearest) return note("Fewer than two embedded images of this class.");
    const named = [["Nearest", side.nearest], ["Farthest", side.farthest]];
    const parts = named.map(([name, couple]) => {
      const same = couple.cosine > SAME ? " (the same?)" : "";
      return part(name, `cosine ${cosine(couple.cosine)}${same}`, grid(couple.pictures, side, one, title));
    });
    return make("div", { class: "pictures-couples" }, ...parts);
  }

  const VIEWS = { samples, intervals, pairs };

  function facts(one, at, side) {
    const n = one.n[at];
    const recall = one.recall[at];
    const which = side.compared < n ? `all pairs of ${side.compared.toLocaleString("en")} of them` : "all pairs";
    const more = {
      samples: recall === null ? "" : `, ${(100 * recall).toFixed(1)} % named right`,
      intervals: side.intervals.length ? " by the cosine of caption and class text, in five equal parts" : "",
      pairs: side.nearest ? `, ${which} compared by ${index.encoder}` : "",
    };
    return images(n) + more[state.view];
  }

  function section(side, one, at) {
    const title = index.datasets[at];
    const view = VIEWS[state.view](side, one, title);
    return make("div", { class: "pictures-side" }, make("h4", {}, foreign(title)), note(facts(one, at, side)), view);
  }

  function difference(one) {
    const parts = [];
    if (one.gap !== null) parts.push(`recall ${signed(100 * one.gap, 1)} points`);
    if (one.difference !== null) parts.push(`mean similarity within the class ${signed(one.difference, 2)}`);
    const [a, b] = index.datasets;
    return parts.length ? [parts.join(", "), " (", foreign(a), " minus ", foreign(b), ")"] : [];
  }

  function sections(one) {
    if (one.at === null) return note("This page has no room for the pictures of this class.");
    const every = sidesOf(one).map((side, at) => [side, at]);
    // A dataset that was not chosen by captions has nothing to show by them.
    const some = every.filter(([side]) => state.view !== "intervals" || side.intervals.length);
    const chosen = (some.length ? some : every).map(([side, at]) => section(side, one, at));
    const alone = chosen.length === 1 || state.view === "intervals" ? " alone" : "";
    return make("div", { class: `pictures-sides${alone}` }, ...chosen);
  }

  function drawn(one) {
    const heading = make("h3", {}, foreign(one.name), make("span", { class: "note" }, foreign(one.id)));
    return [heading, make("p", { class: "note" }, ...difference(one)), sections(one)];
  }

  function show(wnid) {
    const one = byWnid.get(wnid);
    state.wnid = one ? wnid : "";
    if (one) listAlso(one);
    place.replaceChildren(...(one ? drawn(one) : [note("There are no pictures to show here.")]));
    root.querySelector(".pictures-status").textContent = one ? `Pictures of ${one.name}` : "No pictures";
    mark();
  }

  // One picture and what is known of it

  const row = (name, ...content) => [make("dt", { text: name }), make("dd", {}, ...content)];

  function link(picture) {
    const address = URL.canParse(picture.url) ? new URL(picture.url) : null;
    if (address?.protocol !== "http:" && address?.protocol !== "https:") return null;
    const settings = { href: address.href, rel: "noopener noreferrer", target: "_blank" };
    return make("a", settings, foreign(picture.address));
  }

  function known(picture, title) {
    const rows = row("dataset", foreign(title));
    const address = link(picture);
    if (picture.caption) rows.push(...row("caption", foreign(picture.caption)));
    if (picture.similarity !== null) rows.push(...row("cosine of caption and class text", cosine(picture.similarity)));
    if (picture.right !== null) {
      const text = picture.said || "a class that is not in the list";
      rows.push(...row(`${index.classifier} takes it for`, foreign(text), picture.right ? " (right)" : " (wrong)"));
    }
    if (SAFETY[picture.safety]) rows.push(...row("safety", SAFETY[picture.safety]));
    if (address) rows.push(...row("address, as the corpus has it", address));
    return make("dl", {}, ...rows);
  }

  function reveal(box) {
    const button = makeButton({ text: "Show this picture" }, () => {
      box.classList.remove("hidden-picture");
      button.remove();
    });
    return button;
  }

  function open(picture, one, title) {
    const box = frame(picture, one.name);
    const text = make("div", {}, known(picture, title));
    if (box.classList.contains("hidden-picture") && !root.classList.contains("revealed")) text.append(reveal(box));
    const heading = make("h3", { id: "pictures-dialog-title" }, foreign(one.name));
    const header = make("header", {}, heading, makeButton({ text: "Close" }, () => dialog.close()));
    dialog.replaceChildren(header, make("div", { class: "pictures-look" }, box, text));
    dialog.showModal();
  }

  // What a reader does, and what other parts of the page say

  function pick(wnid) {
    root.dispatchEvent(new CustomEvent("laionet:pick", { bubbles: true, detail: { wnid } }));
  }

  function step(by) {
    const shown = classesWithin();
    const at = shown.findIndex((one) => one.wnid === state.wnid);
    const next = at < 0 ? 0 : (at + by + shown.length) % shown.length;
    if (shown.length) pick(shown[next].wnid);
  }

  function narrow(wnids) {
    state.within = Array.isArray(wnids) ? new Set(wnids) : null;
    fillSelect();
    fillChips();
    const stays = state.wnid && (!state.within || state.within.has(state.wnid));
    show(stays ? state.wnid : classesWithin()[0]?.wnid);
  }

  function onClick(selector, work) {
    for (const button of root.querySelectorAll(selector)) button.addEventListener("click", () => work(button.dataset));
  }

  function listen() {
    document.addEventListener("laionet:pick", (event) => {
      const wnid = event.detail?.wnid;
      if (typeof wnid === "string" && wnid && wnid !== state.wnid) show(wnid);
    });
    document.addEventListener("laionet:within", (event) => narrow(event.detail?.wnids));
    select.addEventListener("change", () => pick(select.value));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    onClick("[data-step]", (data) => step(Number(data.step)));
    onClick("[data-view]", (data) => {
      state.view = data.view;
      show(state.wnid);
    });
    const unsafe = root.querySelector(".pictures-unsafe input");
    unsafe?.addEventListener("change", () => root.classList.toggle("revealed", unsafe.checked));
  }

  root.querySelector(".pictures-tools").hidden = false;
  listen();
  narrow(null);
})();
