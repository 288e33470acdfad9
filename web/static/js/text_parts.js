// What a text is made of, without a page: links, mentions, marks. Each in the time of its length.

import { linksIn } from "./links.js";
import { namesIn } from "./named.js";

const START = "\ue000";
const END = "\ue001";

function* plainParts(text, start, end, mentions) {
  let rest = start;
  for (const name of namesIn(text, start, end)) {
    const handle = name.handles.find((each) => mentions.has(each));
    if (handle === undefined) continue;
    const behind = name.start + 1 + handle.length;
    if (name.start > rest) yield { text: text.slice(rest, name.start) };
    yield { text: text.slice(name.start, behind), mention: mentions.get(handle) };
    rest = behind;
  }
  if (rest < end) yield { text: text.slice(rest, end) };
}

/** The parts of a text in order, {text} each: a link has `link`, a mention what is in `mentions`. */
export function* textParts(text, mentions, isSafe) {
  const byHandle = new Map(mentions.filter(({ userId }) => userId).map((each) => [each.userId, each]));
  let rest = 0;
  for (const { start, end } of linksIn(text)) {
    yield* plainParts(text, rest, start, byHandle);
    const address = text.slice(start, end);
    yield isSafe(address) ? { text: address, link: true } : { text: address };
    rest = end;
  }
  yield* plainParts(text, rest, text.length, byHandle);
}

/** The parts of a highlighted text, {text, marked} each. */
export function markedParts(text) {
  const parts = [];
  for (const part of text.split(START)) {
    const [marked, rest] = part.includes(END) ? part.split(END) : [null, part];
    if (marked !== null) parts.push({ text: marked, marked: true });
    if (rest) parts.push({ text: rest, marked: false });
  }
  return parts;
}

/** Where the marked parts are in the text without its marks: [begin, end) each. */
export function markedSpans(text) {
  const spans = [];
  let at = 0;
  for (const part of markedParts(text)) {
    if (part.marked) spans.push([at, at + part.text.length]);
    at += part.text.length;
  }
  return spans;
}
