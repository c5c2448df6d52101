// A count over the threshold, as steps, with the threshold in use, the recipe's and the suggested one marked.
import { drawn, number, threshold } from "./words.js";

const HEIGHT = 190;
const MARGIN = { left: 18, right: 18, top: 44, bottom: 24 };

export class Curve {
  constructor(holder, title, pick) {
    Object.assign(this, { holder, title, pick, width: 0, data: null, at: 0 });
    new ResizeObserver(() => this.fit()).observe(holder);
  }

  show(x, y, marks) {
    this.data = { x, y, marks, most: Math.max(1, ...y) };
    this.draw();
  }

  fit() {
    if (this.holder.clientWidth === this.width) return;
    this.width = this.holder.clientWidth;
    this.draw();
  }

  across(value) {
    const { x } = this.data;
    const span = x[x.length - 1] - x[0] || 1;
    return MARGIN.left + ((value - x[0]) / span) * (this.width - MARGIN.left - MARGIN.right);
  }

  up(value) {
    return HEIGHT - MARGIN.bottom - (value / this.data.most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  draw() {
    if (!this.data || this.width < 60) return;
    const svg = drawn("svg", { width: this.width, height: HEIGHT, viewBox: `0 0 ${this.width} ${HEIGHT}`, "aria-hidden": "true" });
    svg.append(this.heading(), ...this.grid(), this.line(), ...this.data.marks.map((mark) => this.mark(mark)));
    this.now = drawn("g", { class: "now" });
    svg.append(this.now);
    this.holder.replaceChildren(svg);
    this.follow(svg);
    this.move(this.at);
  }

  heading() {
    const text = drawn("text", { x: MARGIN.left, y: 12, class: "heading" });
    text.textContent = this.title;
    return text;
  }

  grid() {
    const { x, most } = this.data;
    const [left, right] = [x[0], x[x.length - 1]];
    const step = [0.05, 0.1, 0.2, 0.5].find((size) => (right - left) / size <= this.width / 55) ?? 1;
    const parts = [0, most].map((level) =>
      drawn("line", { x1: MARGIN.left, x2: this.width - MARGIN.right, y1: this.up(level), y2: this.up(level), class: "rule" }),
    );
    for (let k = Math.ceil(left / step - 1e-9); k * step <= right + 1e-9; k += 1) {
      const text = drawn("text", { x: this.across(k * step), y: HEIGHT - 6, class: "tick" });
      text.textContent = threshold(Math.abs(k * step) < 1e-9 ? 0 : k * step);
      parts.push(text);
    }
    const top = drawn("text", { x: this.width - MARGIN.right, y: this.up(most) - 4, class: "tick end" });
    top.textContent = number(most);
    return [...parts, top];
  }

  // A count at t is of what is strictly above t, so it holds from t on until the next one.
  line() {
    const { x, y } = this.data;
    let path = `M${this.across(x[0]).toFixed(1)},${this.up(y[0]).toFixed(1)}`;
    for (let i = 1; i < x.length; i += 1) path += `H${this.across(x[i]).toFixed(1)}V${this.up(y[i]).toFixed(1)}`;
    return drawn("path", { d: path, class: "curve" });
  }

  mark({ value, kind }) {
    const x = this.across(value);
    return drawn("line", { x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, class: `mark ${kind}` });
  }

  move(at) {
    this.at = at;
    if (!this.now) return;
    const { x, y } = this.data;
    let i = x.findIndex((value) => value > at + 1e-9);
    i = i < 0 ? x.length - 1 : Math.max(0, i - 1);
    const left = Math.min(this.width - MARGIN.right, Math.max(MARGIN.left, this.across(at)));
    const label = drawn("text", { x: left, y: MARGIN.top - 17, class: `tick ${left > this.width - 90 ? "end" : left < 90 ? "start" : ""}` });
    label.textContent = `${number(y[i])} at ${threshold(at)}`;
    this.now.replaceChildren(
      drawn("line", { x1: left, x2: left, y1: MARGIN.top - 12, y2: HEIGHT - MARGIN.bottom }),
      drawn("circle", { cx: left, cy: this.up(y[i]), r: 4 }),
      label,
    );
  }

  follow(svg) {
    const pick = (event) => {
      const { x } = this.data;
      const part = (event.clientX - svg.getBoundingClientRect().left - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
      this.pick(x[0] + Math.min(1, Math.max(0, part)) * (x[x.length - 1] - x[0]));
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      svg.setPointerCapture(event.pointerId);
      pick(event);
    });
    svg.addEventListener("pointermove", (event) => {
      if (svg.hasPointerCapture(event.pointerId)) pick(event);
    });
  }
}
