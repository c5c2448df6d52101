// Numbers as a reader should see them, and elements with text that stays text.

const NUMBER = new Intl.NumberFormat("en-US");

export function number(value) {
  return NUMBER.format(value);
}

export function count(value, noun) {
  const plural = noun.endsWith("s") ? `${noun}es` : `${noun}s`;
  return `${number(value)} ${value === 1 ? noun : plural}`;
}

export function share(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

// Two decimals, or as many as the threshold has, up to six.
export function threshold(value) {
  const [whole, decimals] = value.toFixed(6).replace(/0+$/, "").split(".");
  return `${whole}.${decimals.padEnd(2, "0")}`.replace("-", "−");
}

export function byId(name) {
  return document.getElementById(name);
}

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
