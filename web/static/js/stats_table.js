// The buckets of a chart as a table, newest first. It is made only while somebody has it open.

import { arrange, el } from "./dom.js";
import { number, t } from "./i18n.js";
import { zonedTime } from "./stats_file.js";

export class BucketTable {
  /** Below `button`, which shows and hides it, in `place`. */
  constructor(button, place, caption) {
    this.button = button;
    this.place = place;
    this.rows = new Map();
    this.body = el("tbody");
    const heads = ["stats.table.time", "stats.table.count"].map((key) => el("th", { scope: "col" }, t(key)));
    place.append(
      el(
        "table",
        {},
        el("caption", { class: "visually-hidden" }, caption),
        el("thead", {}, el("tr", {}, ...heads)),
        this.body,
      ),
    );
    button.addEventListener("click", () => {
      place.hidden = !place.hidden;
      button.setAttribute("aria-expanded", String(!place.hidden));
      this.#fill();
    });
  }

  /** What it is to hold; `interval(bucket)` tells the time. */
  show(buckets, interval) {
    if (this.interval !== interval) this.rows.clear();
    Object.assign(this, { buckets, interval });
    this.#fill();
  }

  #fill() {
    if (this.place.hidden || !this.buckets) return;
    const rows = this.buckets.map((bucket) => this.#row(bucket)).reverse();
    const shown = new Set(rows);
    for (const [key, { row }] of this.rows) if (!shown.has(row)) this.rows.delete(key);
    arrange(this.body, rows);
  }

  // An unchanged row stays as it is, for whoever is reading it.
  #row(bucket) {
    const key = `${bucket.from} ${bucket.to}`;
    if (!this.rows.has(key)) {
      const time = el("time", { datetime: zonedTime(bucket.from) }, this.interval(bucket));
      const count = el("td");
      this.rows.set(key, { row: el("tr", {}, el("th", { scope: "row" }, time), count), count });
    }
    const { row, count } = this.rows.get(key);
    const told = number(bucket.count);
    if (count.textContent !== told) count.textContent = told;
    return row;
  }
}
