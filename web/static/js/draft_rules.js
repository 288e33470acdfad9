// What may be sent of a draft, what is told of its length, and which key sends it. Touches no document.

import { isVisible } from "./visible_text.js";

export const MOST = 4_000;
const COUNT_FROM = 3_800;

/** Characters as the server counts them: code points. */
export const lengthOf = (text) => [...text].length;

/** How many more characters may be written, below 0 how many are too many; null: not worth telling. */
export function lengthLeft(text) {
  const length = lengthOf(text);
  return length >= COUNT_FROM ? MOST - length : null;
}

/** Whether the text can be sent as it is. */
export const isGoodText = (text) => isVisible(text) && lengthOf(text) <= MOST;

// While Hangul is composed, Enter ends the syllable; Safari sends it as key code 229 after the end.
const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Whether a key that is pressed sends the text. */
export const isSendingKey = (event) => event.key === "Enter" && !event.shiftKey && !isComposing(event);
