// One class: what it is, what becomes of its captions, their similarities and lemmas.
import { ask, latest, settled } from "./asking.js";
import { current, onChange } from "./address.js";
import { byId, count, drawn, element, number, threshold } from "./words.js";

const HEIGHT = 150;
const MARGIN = { left: 18, right: 18, top: 18, bottom: 24 };
const KINDS = [
  ["kept", "samples"],
  ["dropped", "above, dropped by another rule"],
  ["below", "not above the threshold"],
];

let shown = null;
let width = 0;
let inUse = null;

const load = latest(async () => {
  const state = current();
  if (!state.class) return;
  const told = await ask("class", { wnid: state.class, threshold: inUse() });
  if (current().class === state.class) show(told);
});

function show(told) {
  shown = told;
  byId("name").textContent = told.name;
  byId("synset").textContent = `${told.synset}, ${told.id}`;
  byId("text").textContent = `“${told.text}”`;
  byId("fate").textContent = fate(told);
  byId("lemmas").replaceChildren(
    ...told.lemmas.map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.lemma),
        ...[one.found, one.above, one.kept].map((value) => element("td", { className: "number" }, number(value))),
      ),
    ),
  );
  byId("about").hidden = false;
  byId("hint").hidden = true;
  draw();
}

function fate({ found, kept, dropped, threshold: at }) {
  const lost = dropped.map(({ rows, words }) => `${number(rows)} ${words}`).join("; ");
  const stay = kept === 1 ? "is a sample" : "are samples";
  return `At ${threshold(at)}, ${number(kept)} of ${count(found, "candidate")} ${stay}.${lost ? ` Dropped: ${lost}.` : ""}`;
}

function draw() {
  const holder = byId("histogram");
  width = holder.clientWidth;
  if (!shown || width < 60) return;
  const { edges, bins } = shown;
  const totals = bins.kept.map((n, i) => n + bins.dropped[i] + bins.below[i]);
  const most = Math.max(1, ...totals);
  const across = (value) => MARGIN.left + ((value - edges[0]) / (edges.at(-1) - edges[0])) * (width - MARGIN.left - MARGIN.right);
  const high = (n) => (n / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const svg = drawn("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": heard(shown) });
  totals.forEach((_, i) => {
    let bottom = HEIGHT - MARGIN.bottom;
    for (const [kind] of KINDS) {
      const tall = high(bins[kind][i]);
      bottom -= tall;
      if (tall) svg.append(drawn("rect", { x: across(edges[i]) + 0.5, width: Math.max(1, across(edges[i + 1]) - across(edges[i]) - 1), y: bottom, height: tall, class: kind }));
    }
  });
  svg.append(...axis(across, edges, most), now(across, edges, shown.threshold));
  holder.replaceChildren(svg);
  const keys = KINDS.map(([kind, words]) => element("span", {}, element("span", { className: `key ${kind}` }), words));
  byId("bars").replaceChildren(
    `Similarity to the synset’s text of ${count(shown.found, "candidate")}, bars 0.02 wide.`,
    element("span", { className: "keys" }, ...keys),
  );
}

function axis(across, edges, most) {
  const base = HEIGHT - MARGIN.bottom;
  const step = (edges.at(-1) - edges[0]) / 0.1 <= width / 45 ? 0.1 : 0.2;
  const parts = [drawn("line", { x1: MARGIN.left, x2: width - MARGIN.right, y1: base, y2: base, class: "rule" })];
  for (let k = Math.ceil(edges[0] / step - 1e-9); k * step <= edges.at(-1) + 1e-9; k += 1) {
    const text = drawn("text", { x: across(k * step), y: HEIGHT - 6, class: "tick" });
    text.textContent = threshold(Math.abs(k * step) < 1e-9 ? 0 : k * step);
    parts.push(text);
  }
  const top = drawn("text", { x: MARGIN.left, y: 12, class: "tick start" });
  top.textContent = `most in a bar: ${number(most)}`;
  return [...parts, top];
}

function now(across, edges, at) {
  const x = across(Math.min(edges.at(-1), Math.max(edges[0], at)));
  return drawn("g", { class: "now" }, drawn("line", { x1: x, x2: x, y1: MARGIN.top - 4, y2: HEIGHT - MARGIN.bottom }));
}

function heard({ edges, bins, threshold: at, kept, found }) {
  const totals = bins.kept.map((n, i) => n + bins.dropped[i] + bins.below[i]);
  const most = totals.indexOf(Math.max(...totals));
  return `Histogram of ${count(found, "similarity").replace("similaritys", "similarities")}; the fullest bar is from ${threshold(edges[most])} to ${threshold(edges[most + 1])}. At ${threshold(at)} ${number(kept)} are samples.`;
}

export function startDetail(thresholdNow) {
  inUse = thresholdNow;
  const soon = settled(load);
  load();
  onChange((state, changed) => {
    if (changed.has("class") && !state.class) {
      shown = null;
      byId("about").hidden = true;
      byId("hint").hidden = false;
      byId("name").textContent = "No class chosen";
    }
    if (changed.has("class")) load();
    else if (changed.has("threshold")) soon();
  });
  new ResizeObserver(() => byId("histogram").clientWidth !== width && draw()).observe(byId("histogram"));
}
