// The room's messages in order, each once, and the place the reader looks at.

import { dayItem, follow, messageItem, showText } from "./bubbles.js";
import { byId } from "./dom.js";
import { eventItem } from "./event_lines.js";
import { HistoryWindow } from "./history_window.js";
import { number, t } from "./i18n.js";
import { me } from "./page_data.js";
import { RoomEvents } from "./room_events.js";
import { dayKey } from "./time.js";

const NEAR = 80;
const LEAD = 60; // above the line a reader is led to

/** Shows a piece of the room's history by rising `seq`; see HistoryWindow for what it holds. */
export class Timeline {
  /**
   * `onShown(item, message)` is called for every message that comes on the page, `onMoved()` when
   * the shown piece is another.
   */
  constructor(onShown = () => {}, onMoved = () => {}) {
    this.history = new HistoryWindow();
    this.onShown = onShown;
    this.onMoved = onMoved;
    this.shown = new Map(); // {message, item} by seq
    this.lines = byId("lines");
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.toNewest = byId("to-newest");
    this.newestText = byId("newest-text");
    this.events = new RoomEvents();
    this.drawn = new Map(); // the items of event lines by the seq they stand behind
    this.news = ""; // what was said last, below what the reader looks at
    this.follows = true; // whether the reader looks at the end of the room
    this.#watchScrolling();
  }

  /** The numbers of the first and the last shown message; 0: none. */
  get first() {
    return this.history.first;
  }

  get last() {
    return this.history.last;
  }

  /**
   * Show this page instead of what is shown; `head` is the newest message, as far as it is known.
   * `settle()` brings the reader's place into view before anybody looks what is seen there.
   */
  open(messages, head, settle = () => {}) {
    this.#hush();
    this.lines.replaceChildren();
    this.shown.clear();
    this.drawn.clear();
    for (const message of this.history.open(messages, head)) this.#add(message);
    this.#draw(0);
    settle();
    this.#moved();
  }

  /** A message that comes live; what becomes of it, see HistoryWindow. */
  hear(message) {
    const fate = this.history.hear(message);
    if (fate === "shown") {
      this.#add(message);
      this.#settle(message);
    }
    this.#showArrow();
    return fate;
  }

  /** Later messages, in order; how many of them go behind what is shown. The reader's place stays. */
  append(messages) {
    const news = this.history.after(messages);
    if (!news.length) return 0;
    this.#hush();
    for (const message of news) this.#add(message);
    this.keepAtEnd();
    this.#moved();
    return news.length;
  }

  #add(message) {
    const { item } = this.#keep(message);
    if (this.#beginsDay(message)) this.lines.append(dayItem(message.createdAt));
    this.lines.append(item);
    this.#join(message.seq);
    this.#draw(message.seq);
  }

  #keep(message) {
    const item = messageItem(message);
    const entry = { message, item };
    this.shown.set(message.seq, entry);
    this.onShown(item, message);
    return entry;
  }

  #beginsDay({ seq, createdAt }) {
    const before = this.shown.get(seq - 1);
    return !before || dayKey(before.message.createdAt) !== dayKey(createdAt);
  }

  // A message goes on under the name before it, unless a line or a day lies between.
  #join(seq) {
    const entry = this.shown.get(seq);
    if (!entry) return;
    const before = this.shown.get(seq - 1);
    const isApart = this.#beginsDay(entry.message) || this.events.behind(seq - 1).length > 0;
    follow(entry.item, entry.message, before?.item, isApart ? null : before.message);
  }

  /** What has become of a message that is shown; what is older than what is shown is passed over. */
  revise(message) {
    this.history.changed(message);
    const entry = this.shown.get(message.seq);
    if (!entry || entry.message.rev >= message.rev) return;
    entry.message = message;
    showText(entry.item, message);
    this.keepAtEnd();
  }

  /** Earlier messages, in order; how many go before what is shown. The reader's place stays. */
  prepend(messages) {
    const news = this.history.before(messages);
    if (!news.length) return 0;
    const height = this.scroller.scrollHeight;
    this.#hush();
    this.#joinDays(news[news.length - 1]);
    this.lines.prepend(this.#older(news));
    for (const { seq } of news) this.#draw(seq);
    this.#join(news[news.length - 1].seq + 1);
    this.#draw(0);
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
    this.#moved();
    return news.length;
  }

  #moved() {
    this.#look();
    this.onMoved();
  }

  #older(messages) {
    const fragment = document.createDocumentFragment();
    for (const message of messages) {
      const { item } = this.#keep(message);
      if (this.#beginsDay(message)) fragment.append(dayItem(message.createdAt));
      fragment.append(item);
      this.#join(message.seq);
    }
    return fragment;
  }

  // The first day line goes when the older messages end on the same day.
  #joinDays(lastOlder) {
    const line = this.lines.firstElementChild;
    if (line?.dataset.day === dayKey(lastOlder.createdAt)) line.remove();
  }

  /** Lines that a page brings; each is shown where its message is. */
  know(events) {
    for (const after of this.events.keep(events)) this.#draw(after);
  }

  /** A line about the room itself that comes live. */
  happened(event) {
    if (event.rev !== null) this.know([event]);
    else if (this.history.isLive) this.lines.append(eventItem({ key: "", event, type: event.type }));
    this.keepAtEnd();
  }

  // The lines behind a message as they are now; those that are there already stay, unannounced.
  #draw(after) {
    const place = this.#placeOf(after);
    if (!place) return;
    const [items, lines] = [this.drawn.get(after) ?? [], this.events.lines(after)];
    let same = 0;
    while (same < lines.length && items[same]?.dataset.line === lines[same].key) same += 1;
    for (const item of items.splice(same)) item.remove();
    const fresh = lines.slice(same).map(eventItem);
    if (items.length) items.at(-1).after(...fresh);
    else place(...fresh);
    this.drawn.set(after, [...items, ...fresh]);
    this.#join(after + 1);
  }

  // Adds items behind a message, or at the beginning of the room; null where that is not shown.
  #placeOf(after) {
    const { item } = this.shown.get(after) ?? {};
    if (item) return (...items) => item.after(...items);
    const isBeginning = after === 0 && !this.history.hasBefore;
    return isBeginning ? (...items) => this.lines.prepend(...items) : null;
  }

  /** Announce what comes from now on to screen readers. */
  goLive() {
    this.log.setAttribute("aria-live", "polite");
  }

  // What is read back is no news: nobody is to hear it read out.
  #hush() {
    this.log.setAttribute("aria-live", "off");
    requestAnimationFrame(() => requestAnimationFrame(() => this.goLive()));
  }

  /** Stay at the end if the reader looks there. */
  keepAtEnd() {
    if (this.follows) this.scrollToEnd();
  }

  scrollToEnd() {
    this.follows = this.history.isLive;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#showArrow();
  }

  /** Show this line near the top, `lead` px below it; from there on the reader scrolls. */
  scrollTo(line, lead = LEAD) {
    this.follows = false;
    this.scroller.scrollTop += line.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - lead;
    this.#look();
  }

  /** Show this line in the middle, one that is higher than the view from its beginning. */
  centre(line) {
    const [view, box] = [this.scroller.getBoundingClientRect(), line.getBoundingClientRect()];
    this.scroller.scrollTop += box.top - view.top - Math.max(0, (view.height - box.height) / 2);
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
    this.news = t("room.new", { name, message: message.message });
    this.#showArrow();
  }

  // Away from the end it tells what was said last, away from what is read how much was.
  #showArrow() {
    const { isLive, waiting } = this.history;
    if (this.follows || !isLive) this.news = "";
    const way = waiting ? t("room.newest.count", { count: number(waiting) }) : t("room.newest");
    this.toNewest.hidden = this.follows;
    this.newestText.textContent = isLive ? this.news : way;
    this.toNewest.setAttribute("aria-label", this.news ? `${way}: ${this.news}` : way);
  }

  #watchScrolling() {
    this.scroller.addEventListener("scroll", () => this.#look());
    new ResizeObserver(() => this.keepAtEnd()).observe(this.scroller);
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.follows = this.history.isLive && scrollHeight - scrollTop - clientHeight < NEAR;
    this.#showArrow();
  }
}
