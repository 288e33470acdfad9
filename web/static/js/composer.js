// The field one writes in: Enter sends, Shift and Enter make a new line, an input method's Enter
// belongs to the input method.

import { byId } from "./dom.js";
import { tCount } from "./i18n.js";
import { isVisible, tidied } from "./visible_text.js";

export const MOST = 4_000;
const COUNT_FROM = 3_800;

/** Characters as the server counts them: code points. */
export const lengthOf = (text) => [...text].length;

// While Hangul is composed, Enter ends the syllable; Safari sends it as key code 229 after the end.
const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Calls `onSend(text)` and empties the field; disabled until `enable()`. */
export class Composer {
  constructor(onSend) {
    this.onSend = onSend;
    this.field = byId("draft");
    this.button = byId("send");
    this.counter = byId("draft-counter");
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    this.field.addEventListener("input", () => this.#check());
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

  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = tidied(this.field.value);
    if (!this.#isGood(text)) return;
    this.field.value = "";
    this.#check();
    this.field.focus();
    this.onSend(text);
  }

  #isGood(text) {
    return !this.field.disabled && isVisible(text) && lengthOf(text) <= MOST;
  }

  #check() {
    const text = tidied(this.field.value);
    const left = MOST - lengthOf(text);
    this.button.disabled = !this.#isGood(text);
    this.counter.classList.toggle("over", left < 0);
    const told = left < 0 ? tCount("composer.over", -left) : tCount("composer.left", left);
    const isNear = left <= MOST - COUNT_FROM;
    this.counter.textContent = isNear ? told : "";
    this.field.setAttribute("aria-invalid", String(left < 0));
  }
}
