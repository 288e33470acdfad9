// The field one writes in: Enter sends, Shift and Enter make a new line, an input method's Enter
// belongs to the input method.

import { byId } from "./dom.js";
import { isGoodText, isSendingKey, lengthLeft } from "./draft_rules.js";
import { tCount } from "./i18n.js";
import { tidied } from "./visible_text.js";

/**
 * Calls `onSend(text)` and then empties the field, and `onText()` at each change of it. Disabled until
 * `enable()`. While it is muted one may write, and Enter calls `onTry(text)`, which leaves the field.
 */
export class Composer {
  constructor({ onSend, onTry, onText }) {
    this.onSend = onSend;
    this.onTry = onTry;
    this.onText = onText;
    this.isMuted = false;
    this.field = byId("draft");
    this.button = byId("send");
    this.counter = byId("draft-counter");
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    this.field.addEventListener("input", () => this.#changed());
  }

  get text() {
    return tidied(this.field.value);
  }

  /** Whether the text can be sent, but for a mute. */
  get isSendable() {
    return this.#isGood(this.text);
  }

  enable() {
    this.field.disabled = false;
    this.#check();
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  disable() {
    this.field.disabled = true;
    this.button.disabled = true;
  }

  /** Whether nothing is sent. */
  mute(isMuted) {
    this.isMuted = isMuted;
    this.#check();
  }

  /** Go on with a text that was being written. */
  resume(text) {
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.#check();
  }

  /** Put a text at the caret, in the place of what is selected. */
  insert(text) {
    if (this.field.disabled) return;
    this.field.focus();
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #onKey(event) {
    if (!isSendingKey(event)) return;
    event.preventDefault();
    this.#send();
  }

  // Whoever takes the text has kept it before it leaves the field.
  #send() {
    const { text } = this;
    if (!this.#isGood(text)) return;
    if (this.isMuted) {
      this.onTry(text);
      return;
    }
    this.onSend(text);
    this.empty(text);
    this.field.focus();
  }

  /** Empty the field, unless something else is written by now. */
  empty(text) {
    if (this.text !== text) return;
    this.field.value = "";
    this.#changed();
  }

  #isGood(text) {
    return !this.field.disabled && isGoodText(text);
  }

  #changed() {
    this.#check();
    this.onText();
  }

  #check() {
    const { text } = this;
    const left = lengthLeft(text);
    const isOver = left !== null && left < 0;
    this.button.disabled = this.isMuted || !this.#isGood(text);
    this.counter.classList.toggle("over", isOver);
    const told = isOver ? tCount("composer.over", -left) : tCount("composer.left", left ?? 0);
    this.counter.textContent = left === null ? "" : told;
    this.field.setAttribute("aria-invalid", String(isOver));
  }
}
