// A page of a class's captions. They are foreign: text only, links that say nothing of us, no image is loaded.
import { ask, latest, settled, trouble } from "./asking.js";
import { change, current, onChange } from "./address.js";
import { byId, count, element, number, threshold } from "./words.js";

const SIZE = 25;
const ASKED = ["class", "order", "show", "page", "seed"];

let inUse = null;

const load = latest(async () => {
  const state = current();
  if (!state.class) return;
  const { order, show, holds, page, seed } = state;
  const told = await ask("samples", { wnid: state.class, threshold: inUse(), order, show, text: holds, page, size: SIZE, seed });
  if (current().class !== state.class) return;
  const last = Math.max(1, Math.ceil(told.total / SIZE));
  if (page > last) change({ page: last });
  else present(told, state, last);
});

function present(told, state, last) {
  const shown = [];
  let passed = null;
  for (const row of told.rows) {
    const above = row.similarity > told.threshold;
    if (["high", "low"].includes(state.order) && passed !== null && passed !== above) shown.push(divider(told.threshold));
    passed = above;
    shown.push(item(row));
  }
  const list = byId("captions");
  list.start = (told.page - 1) * SIZE + 1;
  list.replaceChildren(...shown);
  byId("total").textContent = totals(told, state);
  byId("pager").hidden = last < 2;
  byId("place").textContent = `page ${number(told.page)} of ${number(last)}`;
  byId("before").disabled = told.page <= 1;
  byId("after").disabled = told.page >= last;
}

function totals({ total, threshold: at }, { order, holds }) {
  const side = { above: ` above ${threshold(at)}, the nearest first`, below: ` not above ${threshold(at)}, the nearest first` }[order] ?? "";
  return `${count(total, "caption")}${side}${holds ? ", containing the text" : ""}.`;
}

function divider(at) {
  return element("li", { className: "divider" }, `threshold ${threshold(at)}`);
}

function item(row) {
  const state = row.reason ? "dropped" : "kept";
  const head = element(
    "p",
    { className: "head" },
    element("span", { className: "similarity" }, row.similarity.toFixed(4).replace("-", "−")),
    element("span", { className: `state ${state}` }, row.reason ? `dropped: ${row.words}` : "sample"),
  );
  return element("li", { className: state }, head, row.hidden ? veiled(row) : caption(row), foot(row));
}

function veiled(row) {
  const button = element("button", { type: "button" }, "show");
  const veil = element("p", { className: "veil" }, `Not marked as safe (${row.safety || "no mark"}). `, button);
  button.addEventListener("click", () => veil.replaceWith(caption(row)));
  return veil;
}

function caption(row) {
  const text = element("p", { className: "caption", dir: "auto" });
  fill(text, row.caption);
  if (!row.caption.cut) return text;
  const button = element("button", { type: "button" }, `whole (${number(row.caption.length)} letters)`);
  const holder = element("div", {}, text, button);
  button.addEventListener("click", async () => {
    try {
      fill(text, await ask("caption", { shard: row.shard, at: row.at }));
      button.remove();
    } catch (error) {
      trouble(error);
    }
  });
  return holder;
}

function fill(text, { pieces, length }) {
  text.replaceChildren(...pieces.map(([words, marked]) => (marked ? element("mark", {}, words) : words)));
  text.classList.toggle("long", length > 2000);
}

function foot(row) {
  const found = row.lemmas.map(({ lemma, by, how }) => element("span", { title: how }, `${lemma} (${by})`));
  const foot = element("p", { className: "foot" }, "found by ", ...found.flatMap((one, i) => (i ? [", ", one] : [one])), " · ");
  foot.append(row.link ? link(row.link, row.address) : `no address to open${row.address ? `: ${row.address}` : ""}`);
  foot.append(` · ${row.where}`, row.truncated ? " · longer than the encoder reads" : "");
  return foot;
}

function link({ href, host }, address) {
  return element("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", referrerPolicy: "no-referrer", title: address }, `image at ${host}`);
}

function reflect(state) {
  byId("order").value = state.order;
  byId("show").value = state.show;
  if (byId("holds").value !== state.holds) byId("holds").value = state.holds;
  byId("again").hidden = state.order !== "random";
}

export function startSamples(thresholdNow) {
  inUse = thresholdNow;
  const soon = settled(load);
  for (const name of ["order", "show"]) byId(name).addEventListener("change", (event) => change({ [name]: event.target.value, page: 1 }));
  byId("holds").addEventListener("input", (event) => change({ holds: event.target.value, page: 1 }));
  byId("again").addEventListener("click", () => change({ seed: current().seed + 1, page: 1 }));
  byId("before").addEventListener("click", () => turn(-1));
  byId("after").addEventListener("click", () => turn(1));
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  onChange((state, changed) => {
    reflect(state);
    if (changed.has("class")) byId("captions").replaceChildren();
    if (changed.has("threshold") || changed.has("holds")) soon();
    else if (ASKED.some((name) => changed.has(name))) load();
  });
  reflect(current());
  load();
}

function turn(by) {
  change({ page: current().page + by }, { step: true });
  byId("total").scrollIntoView({ block: "nearest" });
}
