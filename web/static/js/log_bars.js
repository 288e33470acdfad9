// Entries over time as bars. A range is chosen by dragging, by a click on a bar, or by keys.

import { byId } from "./dom.js";
import { number, t } from "./i18n.js";
import { between, farther, moved, nearer } from "./log_range.js";
import { preciseTime } from "./ops_lines.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
const DRAG = 6; // so many pixels make a drag of a click
const BY_KEY = { "+": nearer, "=": nearer, "-": farther, ArrowLeft: (range) => moved(range, -1), ArrowRight: (range) => moved(range, 1) };
const BY_BUTTON = { nearer, farther, earlier: BY_KEY.ArrowLeft, later: BY_KEY.ArrowRight };

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class LogBars {
  /** `onChoice({from, to})` when the reader chose a range; null: everything. */
  constructor(onChoice) {
    this.onChoice = onChoice;
    this.place = byId("log-bars");
    this.said = byId("log-bars-said");
    this.found = null;
    this.range = null; // chosen last; the answer about it may be on its way
    this.begun = null;
    this.#listen();
  }

  /** Draw an answer of /ops/log/histogram. */
  show(found) {
    this.found = { ...found, from: Date.parse(found.since), to: Date.parse(found.until) };
    this.range = this.found;
    byId("log-over-time").hidden = found.total === 0;
    const width = this.found.to - this.found.from;
    const most = Math.max(1, ...found.bars.map((bar) => bar.count));
    const svg = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const bar of found.bars) svg.append(...this.#bar(bar, most));
    this.chosen = shape("rect", { class: "chosen", x: 0, y: 0, width: 0, height: HEIGHT });
    svg.append(this.chosen);
    this.place.replaceChildren(svg);
    this.said.textContent = t("opsLog.bars.said", {
      count: number(found.total), from: preciseTime(found.since, false), to: preciseTime(found.until, false),
    });
  }

  #bar({ t: at, count, faults }, most) {
    const step = this.found.step * 1000;
    const x = Date.parse(at) - this.found.from;
    const high = (part) => (part ? Math.max(2, (part / most) * HEIGHT) : 0);
    const rect = (name, part) => shape("rect", { class: name, x, width: step * 0.92, y: HEIGHT - high(part), height: high(part) });
    return faults ? [rect("count", count), rect("faults", faults)] : [rect("count", count)];
  }

  #timeAt(event) {
    const { left, width } = this.place.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return this.found.from + part * (this.found.to - this.found.from);
  }

  #listen() {
    this.place.addEventListener("pointerdown", (event) => {
      if (!this.found || event.button !== 0) return;
      this.begun = event;
      this.place.setPointerCapture(event.pointerId);
    });
    this.place.addEventListener("pointermove", (event) => this.#drag(event));
    this.place.addEventListener("pointerup", (event) => this.#end(event));
    this.place.addEventListener("pointercancel", () => this.#forget());
    this.place.addEventListener("keydown", (event) => this.#key(event));
    for (const button of document.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.#choose(BY_BUTTON[button.dataset.zoom]));
    }
  }

  #drag(event) {
    if (!this.begun) return this.#tell(event);
    const [one, other] = [this.#timeAt(this.begun), this.#timeAt(event)];
    this.chosen.setAttribute("x", Math.min(one, other) - this.found.from);
    this.chosen.setAttribute("width", Math.abs(one - other));
    return undefined;
  }

  #barAt(at) {
    return this.found.bars.find(({ t: begin }) => Date.parse(begin) <= at && at < Date.parse(begin) + this.found.step * 1000);
  }

  #tell(event) {
    const bar = this.found && this.#barAt(this.#timeAt(event));
    if (bar) this.place.title = t("opsLog.bar", { time: preciseTime(bar.t, false), count: number(bar.count), faults: number(bar.faults) });
    else this.place.removeAttribute("title");
  }

  #end(event) {
    if (!this.begun) return;
    const [from, to] = [this.#timeAt(this.begun), this.#timeAt(event)];
    const isDrag = Math.abs(event.clientX - this.begun.clientX) >= DRAG;
    this.#forget();
    const bar = this.#barAt(to);
    if (isDrag) this.#take(between(from, to));
    else if (bar) this.#take(between(Date.parse(bar.t), Date.parse(bar.t) + this.found.step * 1000));
  }

  #forget() {
    this.begun = null;
    this.chosen?.setAttribute("width", 0);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "0" || event.key === "Escape") this.#choose(undefined);
    else if (event.key in BY_KEY) this.#choose(BY_KEY[event.key]);
    else return;
    event.preventDefault();
  }

  /** Without an act everything is shown. */
  #choose(act) {
    if (!act) this.#take(null);
    else if (this.range) this.#take(act(this.range));
  }

  #take(range) {
    this.range = range;
    this.onChoice(range);
  }
}
