// A series on the page: its chart, what is pointed at, its table and its files.

import { wireExport } from "./export.js";
import { t } from "./i18n.js";
import { Chart } from "./stats_chart.js";
import { fileOf } from "./stats_file.js";
import { sum, within } from "./stats_ranges.js";
import { BucketTable } from "./stats_table.js";
import { intervalsOf, spanText } from "./stats_times.js";
import { missing } from "./stats_words.js";

export class SeriesCard {
  /** The card of a series in the element `card`. `told(count, time)` is the text of a count,
   *  `zoom` is common to all, `onPoint(time or null)` tells the others. */
  constructor(card, series, { told, zoom, onPoint }) {
    this.card = card;
    this.series = series;
    this.told = told;
    this.zoom = zoom;
    this.none = "";
    this.readout = this.card.querySelector(".readout");
    this.spoken = this.card.querySelector("[data-spoken]");
    this.warning = this.card.querySelector(".warning");
    this.shown = [];
    const place = this.card.querySelector(".plot");
    this.chart = new Chart(place, {
      onPoint: (bucket) => {
        this.#tell(bucket);
        onPoint(bucket && (bucket.from + bucket.to) / 2);
      },
      onSelect: (from, to) => zoom.to(from, to),
      onAll: () => zoom.all(),
    });
    place.addEventListener("keydown", (event) => this.#onKey(event, onPoint));
    place.addEventListener("blur", () => {
      this.pointAt(null);
      onPoint(null);
    });
    this.table = new BucketTable(
      this.card.querySelector("[aria-expanded]"),
      this.card.querySelector(".table-scroll"),
      this.card.querySelector(".chart-title").textContent,
    );
    wireExport(this.card, () => this.#file());
  }

  /** What to say where there is no bucket at all. */
  sayNone(text) {
    this.none = text;
  }

  /** Show the series as it is now. */
  show() {
    const { series, zoom } = this;
    const { buckets } = series;
    if (!series.choice || !zoom.isSet) return;
    this.shown = within(buckets, zoom.view);
    this.interval = intervalsOf(this.shown, series.choice.step);
    this.chart.show(buckets, zoom.view);
    this.table.show(this.shown, this.interval);
    this.#tell(this.chart.point);
    this.warn(missing(series));
  }

  /** Say that something is wrong; "" that nothing is. */
  warn(text) {
    if (this.warning.textContent !== text) this.warning.textContent = text;
    this.warning.hidden = !text;
  }

  /** Take the card off the page. */
  remove() {
    this.chart.destroy();
    this.card.remove();
  }

  /** Mark the bucket of a time, as another chart does. */
  pointAt(time) {
    this.#tell(this.chart.pointAt(time));
  }

  #tell(bucket) {
    this.readout.textContent = bucket ? this.#text(bucket) : this.#total();
    this.readout.classList.toggle("pointed", Boolean(bucket));
  }

  #text(bucket) {
    return this.told(bucket.count, this.interval(bucket));
  }

  #total() {
    if (!this.shown.length) return this.none;
    const { step } = this.series.choice;
    const time = spanText(this.shown[0].from, this.shown.at(-1).to, step);
    return this.told(sum(this.shown), time);
  }

  #onKey(event, onPoint) {
    const moves = {
      ArrowLeft: (at, last) => (at < 0 ? last : Math.max(0, at - 1)),
      ArrowRight: (at, last) => (at < 0 ? last : Math.min(last, at + 1)),
      Home: () => 0,
      End: (_, last) => last,
    };
    const { point } = this.chart;
    const middle = point ? (point.from + point.to) / 2 : undefined;
    const zooms = {
      "+": () => this.zoom.nearer(middle),
      "=": () => this.zoom.nearer(middle),
      "-": () => this.zoom.farther(middle),
      0: () => this.zoom.all(),
      PageUp: () => this.zoom.move(-1),
      PageDown: () => this.zoom.move(1),
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key] && this.shown.length) {
      const at = this.shown.findIndex(({ from }) => from === point?.from);
      const { from, to } = this.shown[moves[event.key](at, this.shown.length - 1)];
      this.pointAt((from + to) / 2);
      onPoint((from + to) / 2);
      this.spoken.textContent = this.readout.textContent;
    } else if (zooms[event.key]) {
      zooms[event.key]();
      this.spoken.textContent = this.#total();
    } else {
      return;
    }
    event.preventDefault();
  }

  #file() {
    return fileOf(this.series, this.shown, t("stats.file.incomplete"));
  }
}
