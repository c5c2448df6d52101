// The bar on top: find a class, keep to a part of WordNet, and read the numbers of the chosen class.
(() => {
  "use strict";
  const bar = document.querySelector(".classbar");
  if (!bar) return;
  const data = JSON.parse(document.getElementById("class-data").textContent);
  const input = document.getElementById("class-input");
  const subtree = document.getElementById("subtree");
  const clear = document.getElementById("class-clear");
  const card = document.getElementById("class-card");
  const names = new Map(); // wnid -> name
  const byLabel = new Map(); // what the field says -> wnid
  let picked = "";
  let within = null;

  function labels() {
    const seen = new Map();
    for (const [, name] of data.classes) seen.set(name, (seen.get(name) || 0) + 1);
    for (const [wnid, name] of data.classes) {
      names.set(wnid, name);
      byLabel.set(seen.get(name) > 1 ? `${name} (${wnid})` : name, wnid);
    }
  }

  function option(value, text) {
    const one = document.createElement("option");
    one.value = value;
    if (text) one.textContent = text;
    return one;
  }

  function fillNames() {
    const list = document.getElementById("class-names");
    const some = [...byLabel].filter(([, wnid]) => !within || within.has(wnid));
    list.replaceChildren(...some.map(([label]) => option(label)));
  }

  function fillSubtrees() {
    const many = data.subtrees.map(([name, places], at) => [name, places.length, at]);
    subtree.append(...many.map(([name, n, at]) => option(String(at), `${name} (${n} classes)`)));
    subtree.closest("label").hidden = many.length === 0;
  }

  function send(name, detail) {
    document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  function found(text) {
    const exact = byLabel.get(text);
    if (exact !== undefined || !text) return exact;
    const low = text.trim().toLowerCase();
    for (const [label, wnid] of byLabel) if (label.toLowerCase() === low || wnid === low) return wnid;
    return undefined;
  }

  function cell(kind, text) {
    const one = document.createElement(kind);
    one.textContent = text;
    return one;
  }

  function table(lines) {
    const made = document.createElement("table");
    const head = document.createElement("tr");
    head.append(...["", ...data.datasets, "difference"].map((text) => cell("th", text)));
    made.append(head);
    for (const [name, ...values] of lines) {
      const row = document.createElement("tr");
      row.append(cell("th", name), ...values.map((text) => cell("td", text)));
      made.append(row);
    }
    return made;
  }

  function describe() {
    clear.hidden = !picked && !within;
    card.replaceChildren();
    if (!picked) {
      if (within) card.append(cell("p", `${within.size} of ${data.classes.length} classes; figures by class show these.`));
      return;
    }
    const title = document.createElement("p");
    const name = document.createElement("b");
    const inner = document.createElement("bdi");
    inner.textContent = names.get(picked) || picked;
    name.append(inner);
    const samples = data.samples[picked];
    title.append(name, ` ${picked}${samples === undefined ? "" : `, ${samples.toLocaleString("en")} samples by caption`}`);
    if (document.getElementById("pictures")) {
      const link = cell("a", "its pictures");
      link.href = "#pictures";
      title.append(" · ", link);
    }
    const outside = within && !within.has(picked);
    if (outside) title.append(" · not in the chosen part of WordNet");
    card.append(title);
    const lines = data.rows[picked];
    if (lines) card.append(table(lines));
    else if (data.datasets.length) card.append(cell("p", "Not in both datasets."));
  }

  function chosen(wnid) {
    picked = wnid;
    const label = [...byLabel].find(([, other]) => other === wnid);
    if (document.activeElement !== input || !wnid) input.value = label ? label[0] : "";
    describe();
  }

  input.addEventListener("input", () => {
    const wnid = found(input.value);
    if (wnid !== undefined || !input.value) send("laionet:pick", { wnid: wnid || "" });
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") send("laionet:pick", { wnid: "" });
  });
  subtree.addEventListener("change", () => {
    const places = subtree.value === "" ? null : data.subtrees[Number(subtree.value)][1];
    send("laionet:within", { wnids: places && places.map((at) => data.classes[at][0]) });
  });
  clear.addEventListener("click", () => {
    subtree.value = "";
    send("laionet:within", { wnids: null });
    send("laionet:pick", { wnid: "" });
    input.focus();
  });
  document.addEventListener("laionet:pick", (event) => {
    if (event.detail.wnid !== picked) chosen(event.detail.wnid);
  });
  document.addEventListener("laionet:within", (event) => {
    within = event.detail.wnids && new Set(event.detail.wnids);
    fillNames();
    describe();
  });

  labels();
  fillNames();
  fillSubtrees();
  bar.hidden = false;
})();
