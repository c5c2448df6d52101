// The state of the page is in the address's fragment, so that a view can be kept and shared. No request has it.

const PLAIN = {
  threshold: null, // the recipe's own
  class: "",
  find: "",
  sort: "kept",
  down: true,
  order: "above",
  show: "all",
  holds: "",
  page: 1,
  seed: 0,
};
const CHOICES = {
  sort: ["name", "kept", "found", "lost"],
  order: ["above", "below", "high", "low", "random"],
  show: ["all", "kept", "dropped"],
};

const listeners = new Set();
let state = read();
let waiting = 0;

function whole(text, least, most) {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

function value(name, text) {
  if (name === "threshold") {
    const cosine = text.trim() === "" ? NaN : Number(text);
    return cosine >= -1 && cosine <= 1 ? cosine : null;
  }
  if (name === "page") return whole(text, 1, 1e7) ?? PLAIN.page;
  if (name === "seed") return whole(text, 0, 999999999) ?? PLAIN.seed;
  if (name === "down") return text !== "no";
  if (name in CHOICES) return CHOICES[name].includes(text) ? text : PLAIN[name];
  return text.slice(0, 1000);
}

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const found = { ...PLAIN };
  for (const name of Object.keys(PLAIN)) if (given.has(name)) found[name] = value(name, given.get(name));
  return found;
}

function written() {
  const kept = new URLSearchParams();
  for (const [name, now] of Object.entries(state)) {
    if (now !== PLAIN[name]) kept.set(name, name === "down" ? "no" : String(now));
  }
  return `${location.pathname}${kept.size ? `#${kept}` : ""}`;
}

// Browsers refuse addresses that change too often, as under a moving slider.
function write() {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", written()), 250);
}

function tell(before) {
  const changed = new Set(Object.keys(PLAIN).filter((name) => before[name] !== state[name]));
  if (changed.size) for (const listener of listeners) listener(state, changed);
}

export function current() {
  return state;
}

// What changes; a step is something that the browser's back button should undo.
export function change(some, { step = false } = {}) {
  const before = state;
  if (step) {
    clearTimeout(waiting);
    history.replaceState(null, "", written());
  }
  state = { ...state, ...some };
  if (step) history.pushState(null, "", written());
  else write();
  tell(before);
}

export function onChange(listener) {
  listeners.add(listener);
}

window.addEventListener("popstate", () => {
  clearTimeout(waiting);
  const before = state;
  state = read();
  tell(before);
});
