// A short word of the room's page to its reader, seen and heard, that goes by itself.

import { byId } from "./dom.js";

const SHOWN = 8_000;
let timer = null;

/** Say it. */
export function sayNote(text) {
  const note = byId("room-note");
  note.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => note.replaceChildren(), SHOWN);
}
