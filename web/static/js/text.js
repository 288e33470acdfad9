// What a message says: text nodes, with links to http and https made safe and mentions marked.

import { isLinkable } from "./addresses.js";
import { el } from "./dom.js";
import { me } from "./page_data.js";

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const TRAILING = /[.,;:!?)\]}…。、，！？」』]+$/u; // ends a sentence rather than an address

/** The address without what belongs to the sentence around it; a bracket it opened stays. */
function trimmed(found) {
  const end = found.match(TRAILING)?.[0] ?? "";
  if (!end) return found;
  const bare = found.slice(0, found.length - end.length);
  return end.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}

function link(address) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
}

/** The nodes of a plain text, its mentions among them. */
function* plain(text, mentions) {
  const named = new Map(
    mentions.filter(({ userId }) => userId).map((mention) => [`@${mention.userId}`, mention]),
  );
  let rest = 0;
  for (const { 0: found, index } of text.matchAll(/@[a-z][a-z0-9._-]{2,39}/g)) {
    const handle = [...named.keys()].find((each) => found === each || found.replace(/[._-]+$/, "") === each);
    if (!handle) continue;
    if (index > rest) yield text.slice(rest, index);
    const { userId, name } = named.get(handle);
    yield el("span", { class: userId === me.userId ? "mention me" : "mention", title: name }, handle);
    rest = index + handle.length;
  }
  if (rest < text.length) yield text.slice(rest);
}

/** The nodes that show a text. */
export function* nodesOf(text, mentions = []) {
  let rest = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = trimmed(found);
    if (!isLinkable(address)) continue;
    yield* plain(text.slice(rest, index), mentions);
    yield link(address);
    rest = index + address.length;
  }
  yield* plain(text.slice(rest), mentions);
}

/** Whether the reader is one of those a message mentions. */
export const mentionsMe = (message) =>
  (message.mentions ?? []).some(({ userId }) => userId === me.userId);
