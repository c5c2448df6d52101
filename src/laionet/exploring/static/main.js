// The page of laionet explore: the threshold, what stays at it, and the parts that follow it.
import { ask, latest, trouble } from "./asking.js";
import { change, current, onChange } from "./address.js";
import { showClasses, showCounts, startClasses } from "./classes.js";
import { Curve } from "./curve.js";
import { startDetail } from "./detail.js";
import { startSamples } from "./samples.js";
import { byId, count, element, number, threshold } from "./words.js";

let run = null;
const pick = (value) => change({ threshold: snapped(value), page: 1 });
const curves = {
  classes: new Curve(byId("classes-curve"), "classes with a sample", pick),
  samples: new Curve(byId("samples-curve"), "samples", pick),
};

function thresholdNow() {
  return current().threshold ?? run.chosen;
}

// To the grid of the curves, of which the recipe's own threshold is a part.
function snapped(value) {
  const near = Math.round(value / run.step) * run.step;
  const own = Math.abs(value - run.chosen) <= Math.abs(value - near);
  return own ? run.chosen : Number(near.toFixed(9));
}

const countAll = latest(async (at) => {
  const told = await ask("counts", { threshold: at });
  if (told.rows !== run.rows) await loadRun();
  const now = `${count(told.samples, "sample")} of ${count(told.classes, "class")}`;
  byId("counted").textContent = `${now}; ${number(told.above)} of ${number(run.rows)} above`;
  showCounts(told.kept);
  byId("dropped").replaceChildren(element("li", {}, told.dropped.length ? "Dropped:" : "Nothing is dropped."), ...told.dropped.map(({ rows, words }) => element("li", {}, element("b", {}, number(rows)), ` ${words}`)));
});

async function loadRun() {
  run = await ask("run");
  document.title = `${run.name} · laionet explore`;
  byId("title").textContent = run.name;
  byId("story").textContent = story();
  byId("rules").textContent = `Samples are captions that all rules of the recipe keep, exact at every threshold: similarity strictly above it; ${run.rules.join("; ")}. What becomes of the images is not counted here.`;
  byId("beside").textContent = beside();
  const marks = [{ value: run.chosen, kind: "chosen" }];
  if (run.suggested !== null) marks.push({ value: run.suggested, kind: "suggested" });
  const { threshold: x, samples, classes } = run.curve;
  curves.classes.show(x, classes, marks);
  curves.samples.show(x, samples, marks);
  showClasses(run.classes);
  steer(x);
}

function story() {
  const partly = run.shards < run.planned ? ` So far ${number(run.shards)} of ${count(run.planned, "shard")} are scored; the rest appears as it is done.` : "";
  return `${count(run.rows, "candidate")}: captions with a lemma of a class, scored by ${run.encoder} against the text of its synset. ${number(run.reachable)} of ${count(run.classes.length, "class")} have a sample at some threshold.${partly}`;
}

function beside() {
  const { threshold: x, samples } = run.curve;
  const own = samples[x.findIndex((value) => Math.abs(value - run.chosen) < 1e-9)];
  if (run.dataset === null) return `The recipe’s threshold is ${threshold(run.chosen)}. There is no finished dataset in ${run.folder} yet.`;
  if (own === undefined || own === run.dataset) return `The recipe’s threshold is ${threshold(run.chosen)}; its samples are the ${number(run.dataset)} of dataset/.`;
  return `The recipe’s threshold is ${threshold(run.chosen)}: ${count(own, "sample")}. dataset/ has ${number(run.dataset)}: it was made by other rules, or of other shards; laionet select makes it anew.`;
}

function steer(x) {
  const slider = byId("slider");
  Object.assign(slider, { min: Math.min(x[0], run.chosen), max: Math.max(x.at(-1), run.chosen), step: run.step });
  byId("chosen").textContent = `recipe’s ${threshold(run.chosen)}`;
  byId("suggested").hidden = run.suggested === null || run.suggested === run.chosen;
  byId("suggested").textContent = `suggested ${threshold(run.suggested ?? 0)}`;
}

function follow() {
  const at = thresholdNow();
  byId("slider").value = at;
  byId("slider").setAttribute("aria-valuetext", threshold(at));
  if (document.activeElement !== byId("field")) byId("field").value = at;
  for (const curve of Object.values(curves)) curve.move(at);
  countAll(at);
}

function listen() {
  byId("slider").addEventListener("input", (event) => pick(event.target.valueAsNumber));
  byId("field").addEventListener("input", ({ target }) => {
    if (target.value && target.validity.valid) change({ threshold: target.valueAsNumber, page: 1 });
  });
  byId("field").addEventListener("blur", ({ target }) => (target.value = thresholdNow()));
  byId("chosen").addEventListener("click", () => change({ threshold: null, page: 1 }));
  byId("suggested").addEventListener("click", () => change({ threshold: run.suggested, page: 1 }));
  onChange((state, changed) => changed.has("threshold") && follow());
}

try {
  await loadRun();
  listen();
  startClasses();
  startDetail(thresholdNow);
  startSamples(thresholdNow);
  follow();
} catch (error) {
  byId("story").textContent = "";
  trouble(error);
}
