// What may belong to a Latin word, and which scripts are written without spaces between words: the
// mirror of chatstream/domain/scripts.py and unseen.py. The constants are classes of a regular expression.

/** Hangul as syllables, composed or decomposed. */
export const HANGUL = "\\u1100-\\u11ff\\uac00-\\ud7a3";
/** What shows nothing, and what a browser drops from a host: IN_ADDRESSES there. */
export const UNSEEN = "\\u00ad\\u034f\\u180b-\\u180f\\u200b-\\u200d\\u2060-\\u2064\\ufe00-\\ufe0f\\ufeff";

const CJK = new RegExp(
  "[\\u1100-\\u11ff\\u3005-\\u3007\\u3040-\\u318f\\u31a0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff" +
    "\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\uff66-\\uffdc\\u{20000}-\\u{3ffff}]",
  "u",
);
const ALL_UNSEEN = new RegExp(`^[${UNSEEN}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]$`);
const OF_WORDS = /[\p{L}\p{M}\p{N}]/u;
const KEYCAP = "\u20e3"; // encloses its digit: an emoji, though Unicode calls it a mark

/** The character at a place, be it of two units; empty behind the end. */
export const characterAt = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at)) : "");

/** Whether it is a letter, a digit or a mark, of a script that puts spaces between words. */
export const isOfLatinWord = (char) => OF_WORDS.test(char) && char !== KEYCAP && !CJK.test(char);

/** The last character before a place that shows something; empty at the start of the text. */
export function seenBefore(text, at) {
  let end = at;
  while (end > 0 && ALL_UNSEEN.test(text[end - 1])) end -= 1;
  if (end === 0) return "";
  const isPair = end > 1 && /[\udc00-\udfff]/.test(text[end - 1]);
  return isPair ? characterAt(text, end - 2) : text[end - 1];
}

/** How long a text is without the dots, dashes and underscores at its end. */
export function bareLength(text) {
  let end = text.length;
  while (end > 0 && "._-".includes(text[end - 1])) end -= 1;
  return end;
}
