// What a text is made of, without a page: links, mentions, marks. Each in the time of its length.

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const TRAILING = new Set(".,;:!?)]}…。、，！？」』"); // ends a sentence rather than an address
const MENTION = /@([a-z][a-z0-9._-]{2,39})/g;
const BEFORE_CARET = /(?:^|\s)@([^\s@]{0,40})$/u;
const LONGEST_TYPED = 83; // 40 characters of two units each, the sign, and what must be before it
const MOST_MENTIONS = 20; // of a message
const START = "\ue000";
const END = "\ue001";

/** The address without what belongs to the sentence around it; a bracket it opened stays. */
export function trimmed(found) {
  let end = found.length;
  while (end > 0 && TRAILING.has(found[end - 1])) end -= 1;
  const bare = found.slice(0, end);
  return found[end] === ")" && bare.includes("(") ? `${bare})` : bare;
}

/** The handle that stands at a sign, of those named: the whole, or without the signs at its end. */
function named(found, handles) {
  if (handles.has(found)) return found;
  const bare = found.replace(/[._-]+$/, "");
  return handles.has(bare) ? bare : null;
}

function* plainParts(text, mentions) {
  let rest = 0;
  for (const { 1: found, index } of text.matchAll(MENTION)) {
    const handle = named(found, mentions);
    if (handle === null) continue;
    if (index > rest) yield { text: text.slice(rest, index) };
    yield { text: `@${handle}`, mention: mentions.get(handle) };
    rest = index + handle.length + 1;
  }
  if (rest < text.length) yield { text: text.slice(rest) };
}

/** The parts of a text in order, {text} each: a link has `link`, a mention what is in `mentions`. */
export function* textParts(text, mentions, isSafe) {
  const byHandle = new Map(mentions.filter(({ userId }) => userId).map((each) => [each.userId, each]));
  let rest = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = trimmed(found);
    if (!isSafe(address)) continue;
    yield* plainParts(text.slice(rest, index), byHandle);
    yield { text: address, link: true };
    rest = index + address.length;
  }
  yield* plainParts(text.slice(rest), byHandle);
}

/** The handles that a text mentions, of those there are. */
export function mentionsIn(text, handles) {
  const known = new Set(handles);
  const found = new Set();
  for (const [, handle] of text.matchAll(MENTION)) {
    const mentioned = named(handle, known);
    if (mentioned !== null) found.add(mentioned);
  }
  return [...found].slice(0, MOST_MENTIONS);
}

/** What is typed behind @ right before the caret; undefined when no handle is begun there. */
export const typedHandle = (before) => before.slice(-LONGEST_TYPED).match(BEFORE_CARET)?.[1];

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
