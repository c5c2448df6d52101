// The list of classes: found by text, sorted by a column, with what stays of each at the threshold.
import { change, current, onChange } from "./address.js";
import { byId, count, element, number, share } from "./words.js";

let classes = [];

function made(one) {
  const link = element("a", { href: "#", tabIndex: -1, className: "open" }, one.name);
  link.dataset.label = one.label;
  const cells = ["kept", "found", "lost"].map((name) => element("td", { className: `number ${name}` }));
  const row = element("tr", {}, element("th", { scope: "row" }, link), ...cells);
  row.dataset.wnid = one.wnid;
  cells[1].textContent = number(one.found);
  return { ...one, row, link, cells, kept: 0, lost: 0, words: `${one.name} ${one.also} ${one.wnid}`.toLowerCase() };
}

export function showClasses(found) {
  const was = new Map(classes.map((one) => [one.wnid, one.kept]));
  classes = found.map((one, label) => made({ ...one, label }));
  for (const one of classes) one.kept = was.get(one.wnid) ?? 0;
  arrange();
}

export function showCounts(kept) {
  classes.forEach((one, label) => {
    one.kept = kept[label];
    one.lost = one.found ? 1 - one.kept / one.found : 0;
    one.cells[0].textContent = number(one.kept);
    one.cells[2].textContent = share(one.found - one.kept, one.found);
    one.row.classList.toggle("empty", !one.kept);
  });
  if (["kept", "lost"].includes(current().sort)) arrange();
}

function sorted(some) {
  const { sort, down } = current();
  const key = sort === "name" ? (a, b) => a.name.localeCompare(b.name, "en") : (a, b) => a[sort] - b[sort];
  const turn = down ? -1 : 1;
  return some.sort((a, b) => turn * key(a, b) || a.label - b.label);
}

function arrange() {
  const { find, sort, down } = current();
  const words = find.trim().toLowerCase();
  const some = sorted(classes.filter((one) => one.words.includes(words)));
  const body = byId("rows");
  const focused = document.activeElement?.closest?.("#rows a");
  body.replaceChildren(...some.map((one) => one.row));
  if (focused?.isConnected) focused.focus({ preventScroll: true });
  byId("matching").textContent = words ? `${number(some.length)} of ${count(classes.length, "class")}` : count(classes.length, "class");
  for (const head of document.querySelectorAll("th[data-sort]")) {
    const own = head.dataset.sort === sort;
    if (own) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  choose();
}

// One class of the list can be reached by the tab key, the others from there by the arrow keys.
function choose() {
  for (const one of classes) {
    const own = one.wnid === current().class;
    one.link.tabIndex = -1;
    if (own) one.link.setAttribute("aria-current", "true");
    else one.link.removeAttribute("aria-current");
  }
  const links = [...document.querySelectorAll("#rows a")];
  const first = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
  if (first) first.tabIndex = 0;
}

function walk(event) {
  const row = event.target.closest("tr");
  const to = {
    ArrowDown: row?.nextElementSibling,
    ArrowUp: row?.previousElementSibling,
    Home: byId("rows").firstElementChild,
    End: byId("rows").lastElementChild,
  }[event.key];
  if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  to.querySelector("a").focus();
}

function open(event) {
  const row = event.target.closest("tr");
  if (!row || event.button > 0) return;
  event.preventDefault();
  change({ class: row.dataset.wnid, page: 1, holds: "" }, { step: true });
  // On a narrow screen the class stands below its list.
  if (!window.matchMedia("(min-width: 900px)").matches) byId("name").scrollIntoView({ block: "start" });
  if (event.detail === 0) byId("name").focus({ preventScroll: true });
}

export function startClasses() {
  const find = byId("find");
  find.value = current().find;
  find.addEventListener("input", () => change({ find: find.value }));
  byId("rows").addEventListener("keydown", walk);
  byId("rows").addEventListener("click", open);
  for (const head of document.querySelectorAll("th[data-sort]")) {
    head.firstElementChild.addEventListener("click", () => {
      const { sort, down } = current();
      const name = head.dataset.sort;
      change({ sort: name, down: sort === name ? !down : name !== "name" });
    });
  }
  onChange((state, changed) => {
    if (find.value !== state.find) find.value = state.find;
    if (["find", "sort", "down"].some((name) => changed.has(name))) arrange();
    else if (changed.has("class")) choose();
  });
}
