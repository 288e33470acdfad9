// The found words in a text: the server marks them, here they become <mark> elements around text.

import { el } from "./dom.js";
import { markedParts } from "./text_parts.js";

/** Nodes for a hit: its highlight with marks, or the plain message when there is none. */
export const highlighted = (hit) =>
  markedParts(hit.highlight || hit.message).map(({ text, marked }) => (marked ? el("mark", {}, text) : text));
