// The room's messages in order, each once, and the place the reader looks at.

import { dayItem, eventItem, follow, messageItem, showText } from "./bubbles.js";
import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { me } from "./page_data.js";
import { dayKey } from "./time.js";

const NEAR = 80;
const LEAD = 60; // above the line a reader is led to

/** Shows messages by rising `seq`; `first` and `last` are the numbers shown (0: none). */
export class Timeline {
  /** `onShown(item, message)` is called for every message that comes on the page. */
  constructor(onShown = () => {}) {
    this.onShown = onShown;
    this.shown = new Map(); // {message, item} by seq
    this.lines = byId("lines");
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.toNewest = byId("to-newest");
    this.newestText = byId("newest-text");
    this.first = 0;
    this.last = 0;
    this.newest = null; // {message, item} of the last message, null after an event line
    this.oldest = null; // {message, item} of the first message
    this.follows = true; // whether the reader looks at the end
    this.#watchScrolling();
  }

  /** Messages that come now, in order; what is shown already is passed over. */
  append(messages) {
    const news = messages.filter((message) => message.seq > this.last);
    for (const message of news) this.#add(message);
    if (!news.length) return;
    this.#settle(news[news.length - 1]);
  }

  #add(message) {
    const before = this.newest;
    const isNewDay = dayKey(message.createdAt) !== this.lastDay;
    if (isNewDay) this.lines.append(dayItem(message.createdAt));
    const item = messageItem(message);
    follow(item, message, isNewDay ? null : before?.item, isNewDay ? null : before?.message);
    this.lines.append(item);
    this.newest = this.#keep(item, message);
    this.oldest ??= this.newest;
    this.first ||= message.seq;
    this.last = message.seq;
    this.lastDay = dayKey(message.createdAt);
  }

  #keep(item, message) {
    const entry = { message, item };
    this.shown.set(message.seq, entry);
    this.onShown(item, message);
    return entry;
  }

  /** What has become of a message that is shown; what is older than what is shown is passed over. */
  revise(message) {
    const entry = this.shown.get(message.seq);
    if (!entry || entry.message.rev >= message.rev) return;
    entry.message = message;
    showText(entry.item, message);
    this.keepAtEnd();
  }

  /** Older messages, in order, before all that are shown; the reader's place stays. */
  prepend(messages) {
    const news = messages.filter((message) => !this.first || message.seq < this.first);
    if (!news.length) return;
    const height = this.scroller.scrollHeight;
    this.#hush();
    this.#joinDays(news[news.length - 1]);
    this.lines.prepend(this.#older(news));
    this.first = news[0].seq;
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
  }

  #older(messages) {
    const fragment = document.createDocumentFragment();
    let before = null;
    let day = null;
    let oldest = null;
    for (const message of messages) {
      const isNewDay = dayKey(message.createdAt) !== day;
      day = dayKey(message.createdAt);
      if (isNewDay) fragment.append(dayItem(message.createdAt));
      const item = messageItem(message);
      follow(item, message, isNewDay ? null : before?.item, isNewDay ? null : before?.message);
      fragment.append(item);
      before = this.#keep(item, message);
      oldest ??= before;
    }
    if (this.oldest) this.#stitch(before);
    this.oldest = oldest;
    return fragment;
  }

  // The first day line goes when the older messages end on the same day.
  #joinDays(lastOlder) {
    const line = this.lines.firstElementChild;
    if (line?.dataset.day === dayKey(lastOlder.createdAt)) line.remove();
  }

  #stitch(before) {
    const { message, item } = this.oldest;
    const sameDay = dayKey(before.message.createdAt) === dayKey(message.createdAt);
    follow(item, message, sameDay ? before.item : null, sameDay ? before.message : null);
  }

  /** A line about the room itself. */
  event(text) {
    this.lines.append(eventItem(text));
    this.newest = null;
    this.keepAtEnd();
  }

  /** Announce what comes from now on to screen readers. */
  goLive() {
    this.log.setAttribute("aria-live", "polite");
  }

  // Older messages are not news: nobody is to hear them read out.
  #hush() {
    this.log.setAttribute("aria-live", "off");
    requestAnimationFrame(() => requestAnimationFrame(() => this.goLive()));
  }

  /** Stay at the end if the reader looks there. */
  keepAtEnd() {
    if (this.follows) this.scrollToEnd();
  }

  scrollToEnd() {
    this.follows = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#showArrow();
  }

  /** Show this line near the top; from there on the reader scrolls. */
  scrollTo(line) {
    this.follows = false;
    this.scroller.scrollTop += line.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - LEAD;
    this.#look();
  }

  #settle(message) {
    if (this.follows) {
      this.scrollToEnd();
      return;
    }
    if (message.userId === me.userId) return;
    const name = message.userName ?? t("room.someone");
    if (message.deletedAt) return;
    this.newestText.textContent = t("room.new", { name, message: message.message });
    this.#showArrow();
  }

  #showArrow() {
    this.toNewest.hidden = this.follows;
    if (this.follows) this.newestText.textContent = "";
  }

  #watchScrolling() {
    this.scroller.addEventListener("scroll", () => this.#look());
    this.toNewest.addEventListener("click", () => {
      this.scrollToEnd();
      this.scroller.focus();
    });
    new ResizeObserver(() => this.keepAtEnd()).observe(this.scroller);
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.follows = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#showArrow();
  }
}
