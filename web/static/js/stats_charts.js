// The charts of the page: they have one range, one step and one zoom, and point at one time.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { SeriesCard } from "./stats_card.js";
import { Series } from "./stats_series.js";
import { Zoom } from "./stats_zoom.js";

const ANEW = 300_000; // ms after which the ranges are read again: something late may have come

/** What a count of each series is told as. */
const TOLD = {
  chatAdd: (count, time) => tCount("stats.chatAdd.at", count, { time }),
  userAdd: (count, time) => tCount("stats.userAdd.at", count, { time }),
};

export class Charts {
  /** Begins with {range, step, zoom}. `onChange()` when the reader chose to see something else;
   *  `warn(text)` says what is wrong with all charts, "" that nothing is. */
  constructor({ range, step, zoom }, onChange, warn) {
    this.choice = { range, step };
    this.onChange = onChange;
    this.warn = warn;
    this.zoom = new Zoom(() => this.#changed());
    this.zoom.restore(zoom);
    this.skew = 0; // how far this clock is from the server's
    this.loadedAt = 0;
    // These the news bring, and they tell where the buckets begin and end.
    this.live = Object.entries(TOLD).map(([name, told]) =>
      this.cardOf(byId(name), new Series(name, `/stats/series/${name}`, get), told),
    );
    this.others = new Map();
  }

  /** A card that shares the range, the zoom and the pointer. */
  cardOf(place, series, told) {
    return new SeriesCard(place, series, { told, zoom: this.zoom, onPoint: (time) => this.#pointAt(time) });
  }

  /** Let a card of `cardOf` be shown that no news keep up; `onFailure(error)` when it cannot be read. */
  add(card, onFailure) {
    this.others.set(card, onFailure);
    this.#read(card, () => card.series.load(this.choice, this.#now));
  }

  /** Show the card no more. */
  drop(card) {
    this.others.delete(card);
    card.remove();
  }

  /** Another range or step; everything of it is shown. */
  choose(range, step) {
    this.choice = { range, step };
    this.zoom.clear();
    this.load();
    this.onChange();
  }

  /** Read the chosen range of all series. */
  async load() {
    this.loadedAt = Date.now();
    const [choice, now] = [this.choice, this.#now];
    for (const card of this.others.keys()) this.#read(card, () => card.series.load(choice, now));
    try {
      const came = await Promise.all(this.live.map(({ series }) => series.load(choice, now)));
      if (!came.every(Boolean)) return;
      this.warn("");
      this.#setBorders();
      this.show();
    } catch (error) {
      this.loadedAt = 0;
      this.warn(`${t("words.failed")} ${reasonOf(error)}`);
    }
  }

  /** Take the newest minutes of the live series over. */
  onNews(news) {
    this.skew = Date.parse(news.chatAdd.asOf) - Date.now();
    const took = this.live.map(({ series }) => series.take(news[series.name]));
    if (!took.every(Boolean) || Date.now() - this.loadedAt > ANEW) {
      this.load();
      return;
    }
    this.warn("");
    this.#setBorders();
    this.show();
  }

  /** Ask for the newest minutes that no news bring. */
  keepUp() {
    for (const card of this.others.keys()) this.#read(card, () => card.series.follow(this.#now));
  }

  show() {
    for (const card of [...this.live, ...this.others.keys()]) card.show();
    byId("zoom-all").setAttribute("aria-disabled", String(!this.zoom.part));
  }

  get #now() {
    return Date.now() + this.skew;
  }

  async #read(card, work) {
    try {
      const isNew = await work();
      if (isNew && this.others.has(card)) card.show();
    } catch (error) {
      this.others.get(card)?.(error);
    }
  }

  #changed() {
    this.show();
    this.onChange();
  }

  #pointAt(time) {
    for (const card of [...this.live, ...this.others.keys()]) card.pointAt(time);
  }

  #setBorders() {
    const [longest] = this.live.map(({ series }) => series.buckets).sort((a, b) => b.length - a.length);
    if (longest.length) this.zoom.setBorders([...longest.map(({ from }) => from), longest.at(-1).to]);
  }
}
