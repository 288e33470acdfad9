// The found words in a text: the server marks them, here they become <mark> elements around text.

import { el } from "./dom.js";

const START = "\ue000";
const END = "\ue001";

/** Nodes for a hit: its highlight with marks, or the plain message when there is none. */
export function highlighted(hit) {
  const text = hit.highlight || hit.message;
  const nodes = [];
  for (const part of text.split(START)) {
    const [marked, rest] = part.includes(END) ? part.split(END) : [null, part];
    if (marked !== null) nodes.push(el("mark", {}, marked));
    if (rest) nodes.push(rest);
  }
  return nodes;
}
