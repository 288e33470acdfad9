// Watched words, for operators: the list, and a chart of each word that they open.

import { get, put, reasonOf, remove } from "./api.js";
import { wireForm } from "./dialogs.js";
import { arrange, byId, el } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { pageData } from "./page_data.js";
import { MINUTE } from "./stats_ranges.js";
import { Series } from "./stats_series.js";
import { askFirst, wireSure } from "./sure.js";
import { clockTime, listTime } from "./time.js";

const ANEW = 30_000; // ms: other operators change the list as well
const FIRST = 2; // minutes until every worker surely counts a new word

const pathOf = (word) => `/stats/watched/${encodeURIComponent(word)}`;
const told = (count, time) => tCount("watched.at", count, { time });

/** When a word's counts begin. */
const beginOf = (since) => (Math.floor(Date.parse(since) / MINUTE) + FIRST) * MINUTE;

let made = 0;

/** A copy of the page's chart for words, with names of its own. */
function newPlace(word) {
  const name = `watched-word-${++made}`;
  const place = byId("watched-chart").content.cloneNode(true).firstElementChild;
  for (const element of [place, ...place.querySelectorAll("*")]) {
    for (const { name: attribute, value } of [...element.attributes]) {
      if (value.includes("watched-word")) element.setAttribute(attribute, value.replaceAll("watched-word", name));
    }
  }
  place.querySelector(".chart-title").textContent = word;
  return place;
}

export class Watched {
  /** `open`: the words whose charts are open, null: that of the first; `onChange()` when the
   *  reader opened or closed one. */
  constructor(charts, open, onChange) {
    this.charts = charts;
    this.chosen = open;
    this.onChange = onChange;
    this.rows = new Map();
    this.cards = new Map();
    this.readAt = 0;
    this.asked = 0;
    this.answered = 0;
  }

  /** Read the list and bring its part of the page to life. */
  start() {
    wireSure();
    wireForm(byId("watch"), byId("watch-problem"), (form) => this.#watch(form), (error) => this.#problem(error));
    return this.#read();
  }

  /** The open words for a link; null: as usual. */
  get told() {
    return this.chosen;
  }

  /** Read the list again if that was a while ago. */
  keepUp() {
    if (Date.now() - this.readAt >= ANEW) this.#read();
  }

  /** An answer to an older question than the one whose answer is shown is dropped. */
  async #read() {
    this.readAt = Date.now();
    const question = ++this.asked;
    try {
      const { words } = await get("/stats/watched");
      if (question < this.answered) return;
      this.answered = question;
      this.#show(words);
    } catch (error) {
      byId("watched-note").textContent = reasonOf(error);
    }
  }

  #show(words) {
    const listed = new Set(words.map(({ word }) => word));
    for (const word of [...this.rows.keys()]) if (!listed.has(word)) this.#forget(word);
    arrange(byId("watched-words"), words.map((each) => this.#row(each)));
    byId("watched-none").hidden = words.length > 0;
    const open = this.chosen ?? words.slice(0, 1).map(({ word }) => word);
    for (const word of open) if (listed.has(word)) this.#open(word);
  }

  // -- a word of the list ----------------------------------------------------------------------

  #row({ word, since }) {
    if (!this.rows.has(word)) this.rows.set(word, this.#newRow(word));
    const row = this.rows.get(word);
    row.since = since;
    row.when.textContent = t("watched.since", { time: listTime(since) });
    return row.item;
  }

  #newRow(word) {
    const when = el("span", { class: "quiet" });
    const opener = el("button", { type: "button", class: "opener", "aria-expanded": "false" });
    opener.append(el("bdi", { class: "word" }, word), " ", when);
    opener.addEventListener("click", () => this.#toggle(word));
    const end = el("button", { type: "button", class: "button small" }, t("watched.end"));
    end.setAttribute("aria-label", t("watched.end.label", { word }));
    end.addEventListener("click", () => this.#askToEnd(word));
    return { item: el("li", {}, opener, end), opener, when };
  }

  #toggle(word) {
    const isOpen = this.cards.has(word);
    if (isOpen) this.#close(word);
    else this.#open(word);
    this.#choose();
  }

  #choose() {
    this.chosen = [...this.rows.keys()].filter((word) => this.cards.has(word));
    this.onChange();
  }

  // -- its chart ---------------------------------------------------------------------------------

  #open(word) {
    if (this.cards.has(word)) return;
    const { opener, since } = this.rows.get(word);
    const place = newPlace(word);
    byId("watched-charts").insertBefore(place, this.#placeAfter(word));
    const series = new Series(`word/${word}`, `/stats/series/word/${encodeURIComponent(word)}`, get);
    const card = this.charts.cardOf(place, series, told);
    this.cards.set(word, card);
    card.sayNone(t("watched.begins", { time: clockTime(beginOf(since)) }));
    this.charts.add(card, (error) => this.#onFailure(word, error));
    opener.setAttribute("aria-expanded", "true");
    opener.setAttribute("aria-controls", place.id);
  }

  /** The first chart of a word that follows in the list. */
  #placeAfter(word) {
    const words = [...this.rows.keys()];
    const next = words.slice(words.indexOf(word)).find((each) => this.cards.has(each));
    return next ? this.cards.get(next).card : null;
  }

  #close(word) {
    this.charts.drop(this.cards.get(word));
    this.cards.delete(word);
    const { opener } = this.rows.get(word);
    opener.setAttribute("aria-expanded", "false");
    opener.removeAttribute("aria-controls");
  }

  #onFailure(word, error) {
    if (error.status === 404) this.#read(); // somebody else has ended it
    else this.cards.get(word)?.warn(`${t("words.failed")} ${reasonOf(error)}`);
  }

  #forget(word) {
    if (this.cards.has(word)) this.#close(word);
    this.rows.delete(word);
  }

  // -- changes -----------------------------------------------------------------------------------

  async #watch(form) {
    const asked = form.get("word").trim();
    if (!asked) return;
    const before = new Set(this.rows.keys());
    await put(pathOf(asked));
    await this.#read();
    const fresh = [...this.rows.keys()].filter((word) => !before.has(word));
    for (const word of fresh) this.#open(word);
    this.#choose();
    byId("watch-word").value = "";
    byId("watched-note").textContent = fresh.length
      ? t("watched.added", { word: fresh[0] })
      : t("watched.known", { word: asked });
  }

  #problem(error) {
    const { mostWatched: most } = pageData;
    // Not every text can be a part of an address.
    if (error.details?.field !== "word" && ![404, 405].includes(error.status)) return reasonOf(error);
    return this.rows.size >= most ? t("watched.full", { most }) : t("watched.noWord");
  }

  #askToEnd(word) {
    const action = async () => {
      await remove(pathOf(word));
      await this.#read();
      if (this.chosen) this.#choose();
      byId("watched-note").textContent = t("watched.ended", { word });
      byId("sure").addEventListener("close", () => byId("watch-word").focus(), { once: true });
    };
    askFirst({ title: t("watched.end.label", { word }), text: t("watched.end.ask"), action });
  }
}
