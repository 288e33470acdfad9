// Who is named in a text: `@` at the start of a word, and a handle behind it. The mirror of
// chatstream/domain/mentions.py, which says the rule; both read tests/texts/mentions.json.

import { bareLength, characterAt, isOfLatinWord, seenBefore } from "./scripts.js";

const SIGN = /[@\uff20]/g;
const HANDLE = /[A-Za-z][A-Za-z0-9._-]*/y;
const LONGEST = 40;
const BEFORE_CARET = /[@\uff20]([^\s@\uff20]{0,40})$/u;
const LONGEST_TYPED = 83; // 40 characters of two units each, the sign, and what must be before it
// Signs of addresses and of paths, before which no word has ended.
const WITHIN = new Set("@\uff20_/\\%&=+#$");

function beginsWord(text, at) {
  const before = seenBefore(text, at);
  return before === "" || !(WITHIN.has(before) || isOfLatinWord(before));
}

/** Whether the handle is only the beginning of what stands there: `@minsú`, `@me@site`. */
function goesOn(text, at) {
  const after = characterAt(text, at);
  if (after === "") return false;
  return after === "@" || after === "\uff20" || isOfLatinWord(after) || text.startsWith("://", at);
}

function handleAt(text, at, end) {
  HANDLE.lastIndex = at;
  return at < end ? HANDLE.exec(text)?.[0].slice(0, end - at) : undefined;
}

/**
 * The names in a part of a text, in order: where the sign stands, and the handles it may name. The
 * first of them that there is counts; each is the one before with one more of the signs behind it.
 */
export function* namesIn(text, start = 0, end = text.length) {
  for (const sign of text.slice(start, end).matchAll(SIGN)) {
    const index = start + sign.index;
    const at = index + 1;
    const run = handleAt(text, at, end);
    if (!run || !beginsWord(text, index) || goesOn(text, at + run.length)) continue;
    const handles = [];
    for (let length = Math.max(bareLength(run), 3); length <= Math.min(run.length, LONGEST); length += 1)
      handles.push(run.slice(0, length).toLowerCase());
    if (handles.length) yield { start: index, handles };
  }
}

/** What is typed behind @ right before the caret; undefined when no handle is begun there. */
export function typedHandle(before) {
  const near = before.slice(-LONGEST_TYPED);
  const found = near.match(BEFORE_CARET);
  return found && beginsWord(near, found.index) ? found[1] : undefined;
}
