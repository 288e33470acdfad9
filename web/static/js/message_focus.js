// The messages of a room are one stop of the Tab key: arrows, Home and End lead from one to the
// other, left and right to what is in one (a quote, links, tools), Enter or the menu key opens its
// menu. The focus stays with its message when the list is drawn anew.

import { isInView, lastAbove, nearest, stepTo, stepWithin } from "./roving.js";

const CONTROLS = "a[href], button";
const OWN_KEYS = ".edit, [role=menu]"; // have keys of their own

const seqOf = (item) => Number(item.dataset.seq);

/** Keeps one message of `lines` the stop; `openMenu(item)` opens the menu of one. */
export class MessageFocus {
  constructor({ lines, scroller }, openMenu) {
    this.lines = lines;
    this.scroller = scroller;
    this.openMenu = openMenu;
    this.stop = null; // the message that Tab leads to
    this.isVisited = false; // whether the reader was at the stop, and it was not just offered
    this.focused = null; // the seq of the message with the focus
    lines.addEventListener("keydown", (event) => this.#onKey(event));
    lines.addEventListener("contextmenu", (event) => this.#onMenu(event));
    lines.addEventListener("focusin", ({ target }) => this.#onFocus(target.closest(".said")));
    lines.addEventListener("focusout", () => setTimeout(() => this.#left()));
    scroller.addEventListener("scroll", () => this.#scrolled());
    new MutationObserver(() => this.#changed()).observe(lines, { childList: true });
    this.#changed();
  }

  /** A message that came on the page: it and what is in it are reached by arrows. */
  dress(item) {
    item.tabIndex = -1;
    for (const control of item.querySelectorAll(CONTROLS)) control.tabIndex = -1;
  }

  get #items() {
    return [...this.lines.querySelectorAll(".said[data-seq]")];
  }

  #onFocus(item) {
    if (!item) return;
    this.focused = seqOf(item);
    this.isVisited = true;
    this.#stopAt(item);
  }

  // Not at once: what is taken out of the page loses the focus first, and is told of after that.
  #left() {
    if (!this.lines.contains(document.activeElement)) this.focused = null;
  }

  #stopAt(item) {
    if (this.stop === item) return;
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = item;
    if (item) item.tabIndex = 0;
  }

  // -- keys ----------------------------------------------------------------------------------

  #onKey(event) {
    const { key, target } = event;
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const item = target.closest(".said");
    if (!item || target.closest(OWN_KEYS)) return;
    if (this.#opensMenu(event, item)) this.openMenu(item);
    else if (!this.#moves(key, item, target)) return;
    event.preventDefault();
  }

  #opensMenu({ key, shiftKey, target }, item) {
    const isMenuKey = key === "ContextMenu" || (shiftKey && key === "F10");
    return isMenuKey || (key === "Enter" && target === item);
  }

  #moves(key, item, target) {
    const controls = [...item.querySelectorAll(CONTROLS)].filter((each) => each.checkVisibility());
    const within = stepWithin(key, controls.indexOf(target), controls.length);
    if (within !== null) {
      (controls[within] ?? item).focus();
      return true;
    }
    const items = this.#items;
    const to = stepTo(key, items.indexOf(item), items.length);
    if (to === null) return false;
    items[to].focus();
    return true;
  }

  // Long press on a touch screen; the mouse keeps the browser's menu, and links keep theirs.
  #onMenu(event) {
    const item = event.target.closest(".said");
    if (event.pointerType !== "touch" || !item || event.target.closest(`a, ${OWN_KEYS}`)) return;
    event.preventDefault();
    this.openMenu(item);
  }

  // -- which one is the stop -----------------------------------------------------------------

  // Who leaves the list comes back to their message while it is in view, though something scrolls:
  // also a menu that closed before they left may, as scrolling is told of only with the next frame.
  #scrolled() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      if (!this.#isLeftInView) this.#offer();
    });
  }

  get #isLeftInView() {
    const boxOf = (element) => element.getBoundingClientRect();
    return this.isVisited && isInView(boxOf(this.stop), boxOf(this.scroller));
  }

  // The list came, grew or is another: who was in it stays at the same message, or the nearest.
  #changed() {
    const isLost = this.focused !== null && !this.lines.contains(document.activeElement);
    if (isLost && document.activeElement === document.body) this.#restore();
    else if (isLost) this.focused = null;
    this.#offer();
  }

  #restore() {
    const items = this.#items;
    const at = nearest(items.map(seqOf), this.focused);
    (items[at] ?? this.scroller).focus({ preventScroll: true });
  }

  // Tab leads to the last message in view, so that nothing jumps; who is in the list keeps theirs.
  #offer() {
    const isThere = this.stop && this.lines.contains(this.stop);
    if (isThere && this.lines.contains(document.activeElement)) return;
    this.isVisited = false;
    const items = this.#items;
    const edge = this.scroller.getBoundingClientRect().bottom;
    const at = lastAbove(edge, items.length, (each) => items[each].getBoundingClientRect().bottom);
    this.#stopAt(items[Math.max(0, at)] ?? null);
  }
}
