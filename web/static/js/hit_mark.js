// The found message on the page: its bubble is outlined, the found words are marked in it.

import { markedSpans } from "./text_parts.js";

const NAME = "found";

/** Marks one message of the page at a time. */
export class HitMark {
  /** Mark a hit on its item; the words only where the text is the one that was found. */
  put(item, { message, hit }) {
    this.clear();
    this.item = item;
    item.classList.add(NAME);
    if (!CSS.highlights || message.rev !== hit.rev) return;
    const bubble = item.querySelector(".bubble");
    const ranges = markedSpans(hit.highlight).map((span) => rangeOf(bubble, span));
    CSS.highlights.set(NAME, new Highlight(...ranges.filter(Boolean)));
  }

  clear() {
    this.item?.classList.remove(NAME);
    this.item = null;
    CSS.highlights?.delete(NAME);
  }
}

// The nodes of a bubble's text in a row are the text, behind what it quotes.
function rangeOf(bubble, [begin, end]) {
  const isText = (node) => !node.parentElement.closest(".quote");
  const filter = (node) => (isText(node) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const nodes = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT, filter);
  const range = document.createRange();
  let [at, isOpen] = [0, false];
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    const stop = at + node.length;
    if (!isOpen && begin < stop) {
      range.setStart(node, begin - at);
      isOpen = true;
    }
    if (isOpen && end <= stop) {
      range.setEnd(node, end - at);
      return range;
    }
    at = stop;
  }
  return null;
}
