// One chart, drawn by uPlot: bars, or a stepped line where bars would be thin.

import { language } from "./page_data.js";
import { bucketAt } from "./stats_ranges.js";
import { tickTexts } from "./stats_times.js";

const { uPlot } = globalThis;
const HEIGHT = 210;
const THIN = 4; // CSS pixels a bar
const DAY = 86_400;
const LEAST = 4; // the scale's upper end
const CLICK = 5; // pixels: a shorter drag is none

const bars = uPlot.paths.bars({ align: 1, size: [1, Infinity, 1], gap: 1, radius: 0 });
const stepped = uPlot.paths.stepped({ align: 1 });
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const whole = [...Array(9).keys()].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros));

function paths(plot, index, first, last) {
  const isThin = plot.bbox.width / devicePixelRatio / (last - first + 1) < THIN;
  if (isThin) return stepped(plot, index, first, last);
  // The point after the last bucket is where it ends, not a bar.
  return bars(plot, index, first, Math.min(last, plot.data[0].length - 2));
}

export class Chart {
  /** Draws into `place`; its colours are CSS variables there. Calls `onPoint(bucket or null)` and
   *  `onSelect(from, to)` when the mouse points or draws a part, `onAll()` at a double click. */
  constructor(place, { onPoint, onSelect, onAll }) {
    this.place = place;
    this.onPoint = onPoint;
    this.onSelect = onSelect;
    this.buckets = [];
    this.point = null;
    this.plot = new uPlot(this.#options(onAll), [[], []], place);
    const repaint = () => this.plot.redraw(false);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const resized = new ResizeObserver(() => this.#resize());
    const themed = new MutationObserver(repaint);
    dark.addEventListener("change", repaint);
    resized.observe(place);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.ending = () => {
      dark.removeEventListener("change", repaint);
      resized.disconnect();
      themed.disconnect();
    };
  }

  /** Draw no more. */
  destroy() {
    this.ending();
    this.plot.destroy();
  }

  /** Show these buckets, and of them the view {from, to}. */
  show(buckets, view) {
    this.buckets = buckets;
    const times = buckets.map(({ from }) => from / 1000);
    const counts = buckets.map(({ count }) => count);
    if (buckets.length) {
      // The last bucket has a width, too.
      times.push(buckets.at(-1).to / 1000);
      counts.push(counts.at(-1));
    }
    this.plot.batch(() => {
      this.plot.setData([times, counts], false);
      this.plot.setScale("x", { min: view.from / 1000, max: view.to / 1000 });
    });
    if (this.point) this.pointAt((this.point.from + this.point.to) / 2);
  }

  /** Mark the bucket of a time, or none; returns it. */
  pointAt(time) {
    this.point = time === null ? null : bucketAt(this.buckets, time);
    const left = this.point ? this.plot.valToPos(time / 1000, "x") : -10;
    this.plot.setCursor({ left, top: this.point ? 10 : -10 }, false);
    return this.point;
  }

  #color(name) {
    return getComputedStyle(this.place).getPropertyValue(name).trim();
  }

  #resize() {
    this.plot.setSize({ width: this.place.clientWidth, height: HEIGHT });
  }

  #onCursor({ cursor, posToVal }) {
    const time = cursor.left >= 0 ? posToVal(cursor.left, "x") * 1000 : null;
    this.point = time === null ? null : bucketAt(this.buckets, time);
    this.onPoint(this.point);
  }

  #onDrawn(plot) {
    const { left, width } = plot.select;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width < CLICK) return;
    this.onSelect(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
  }

  #options(onAll) {
    return {
      width: this.place.clientWidth,
      height: HEIGHT,
      padding: [10, 28, 0, 0],
      legend: { show: false },
      series: [
        {},
        {
          paths,
          points: { show: false },
          width: 1.5,
          stroke: () => this.#color("--chart-line"),
          fill: () => this.#color("--chart-fill"),
        },
      ],
      scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(LEAST, most * 1.08)] } },
      axes: [this.#timeAxis(), this.#countAxis()],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => onAll },
      },
      hooks: {
        setCursor: [(plot) => this.#onCursor(plot)],
        setSelect: [(plot) => this.#onDrawn(plot)],
      },
    };
  }

  #axis(options) {
    const { fontFamily } = getComputedStyle(this.place);
    return {
      font: `12px ${fontFamily}`,
      stroke: () => this.#color("--ink-2"),
      ticks: { show: false },
      ...options,
    };
  }

  #timeAxis() {
    const values = (_, splits, __, ___, step) =>
      tickTexts(splits.map((split) => split * 1000), step >= DAY);
    return this.#axis({ space: 92, size: 44, grid: { show: false }, values });
  }

  #countAxis() {
    return this.#axis({
      space: 36,
      size: 46,
      incrs: whole,
      grid: { width: 1, stroke: () => this.#color("--line") },
      values: (_, splits) => splits.map((count) => short.format(count)),
    });
  }
}
