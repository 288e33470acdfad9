// The most used words: of all chats in a window of time, or of one of the reader's rooms. Bars move
// when the order changes.

import { get, reasonOf } from "./api.js";
import { arrange, byId, el } from "./dom.js";
import { wireExport } from "./export.js";
import { number, t } from "./i18n.js";
import { missingOf } from "./stats_news.js";
import { exactTime } from "./time.js";

const TOP = 20; // as the news have
const SOONEST = 2_000; // ms between two questions for words that no news brings
const MOVE = { duration: 500, easing: "ease" };

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What to say when an answer is not complete, else "". */
export function missing(answer) {
  const told = missingOf(answer);
  if (!told) return "";
  return told.expected ? t("words.incomplete", told) : t("words.incomplete.unknown");
}

// The roles are spelt out: browsers drop those of a table whose rows are laid out as grids.
function newRow(word) {
  const bar = el("span");
  const cells = {
    rank: el("td", { class: "rank", role: "cell" }),
    word: el("th", { scope: "row", class: "word", role: "rowheader", dir: "auto" }, word),
    count: el("td", { class: "count", role: "cell" }),
  };
  const item = el("tr", { role: "row" }, cells.rank, cells.word, cells.count);
  item.append(el("td", { class: "bar", "aria-hidden": "true" }, bar));
  return { ...cells, item, bar, value: null };
}

export class Words {
  /** Shows nothing before something is chosen, unless the words that the news tell will be. */
  constructor({ window, roomId }) {
    this.rows = new Map();
    this.answer = null;
    this.window = window;
    this.roomId = roomId;
    this.askedAt = Infinity;
    this.question = 0;
    wireExport(byId("top-words"), () => this.#file());
  }

  /** Whether these are the words that the news tell. */
  get isUsual() {
    return this.window === "all" && !this.roomId;
  }

  /** Other words from now on. */
  choose(choice) {
    Object.assign(this, choice);
    return this.ask();
  }

  /** Read the words; an answer to an older question is dropped. */
  async ask() {
    const question = ++this.question;
    this.askedAt = Date.now();
    const query = new URLSearchParams({ top: TOP });
    if (this.roomId) query.set("roomId", this.roomId);
    else if (this.window !== "all") query.set("window", this.window);
    try {
      const answer = await get(`/stats/words?${query}`);
      if (question === this.question) this.#show(answer);
    } catch (error) {
      if (question === this.question) this.warn(`${t("words.failed")} ${reasonOf(error)}`);
    }
  }

  /** Something was said, and perhaps other words are now the most used ones. */
  onNews(answer) {
    if (!this.isUsual) return this.keepUp();
    this.question++;
    return this.#show(answer);
  }

  /** Read again what no news brings: a window moves on by itself. */
  keepUp() {
    if (!this.isUsual && Date.now() - this.askedAt >= SOONEST) this.ask();
  }

  /** Say that something is wrong; "" that nothing is. */
  warn(text) {
    const warning = byId("words-warning");
    if (warning.textContent !== text) warning.textContent = text;
    warning.hidden = !text;
  }

  #show(answer) {
    this.answer = answer;
    const before = this.#places();
    const most = answer.words[0]?.count || 1;
    arrange(
      byId("words"),
      answer.words.map((entry, index) => this.#showRow(entry, index, most)),
    );
    const shown = new Set(answer.words.map(({ word }) => word));
    for (const word of [...this.rows.keys()]) {
      if (!shown.has(word)) this.rows.delete(word);
    }
    this.#glide(before);
    byId("words-none").hidden = answer.words.length > 0;
    byId("words-as-of").textContent = t("words.asOf", { time: exactTime(answer.asOf) });
    this.warn(missing(answer));
  }

  #showRow({ word, count }, index, most) {
    if (!this.rows.has(word)) this.rows.set(word, newRow(word));
    const row = this.rows.get(word);
    row.rank.textContent = number(index + 1);
    row.bar.style.setProperty("--share", String(count / most));
    if (row.value !== count) {
      row.count.textContent = number(count);
      row.item.classList.toggle("grew", row.value !== null && count > row.value);
      row.value = count;
    }
    return row.item;
  }

  #places() {
    const items = [...this.rows.values()].map(({ item }) => item);
    return new Map(items.map((item) => [item, item.getBoundingClientRect().top]));
  }

  /** Let each row glide from where it was to where it is. */
  #glide(before) {
    if (calm.matches) return;
    for (const { item } of this.rows.values()) {
      const from = before.get(item);
      if (from === undefined || !item.isConnected) continue;
      const distance = from - item.getBoundingClientRect().top;
      if (distance) {
        item.animate([{ transform: `translateY(${distance}px)` }, { transform: "none" }], MOVE);
      }
    }
  }

  #file() {
    const { words = [], asOf = null, complete = false } = this.answer ?? {};
    const part = this.roomId ? "room" : this.window;
    const { roomId, window } = this;
    return {
      name: `chatstream-words-${part}${complete ? "" : `-${t("stats.file.incomplete")}`}`,
      columns: ["word", "count"],
      rows: words.map(({ word, count }) => [word, count]),
      json: { ...(roomId ? { roomId } : { window }), words, asOf, complete },
    };
  }
}
