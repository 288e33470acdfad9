// What a message says: text nodes, with links to http and https made safe and mentions marked.

import { isLinkable } from "./addresses.js";
import { el } from "./dom.js";
import { me } from "./page_data.js";
import { textParts } from "./text_parts.js";

function link(address) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
}

function mark(handle, { userId, name }) {
  return el("span", { class: userId === me.userId ? "mention me" : "mention", title: name }, handle);
}

/** The nodes that show a text. */
export function* nodesOf(text, mentions = []) {
  for (const part of textParts(text, mentions, isLinkable)) {
    if (part.link) yield link(part.text);
    else yield part.mention ? mark(part.text, part.mention) : part.text;
  }
}

/** Whether the reader is one of those a message mentions. */
export const mentionsMe = (message) =>
  (message.mentions ?? []).some(({ userId }) => userId === me.userId);
