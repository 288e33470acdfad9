// Where an address of the web stands in a text, and nothing of the text around it: the mirror of
// chatstream/domain/addresses.py, which says the rule; both read tests/texts/links.json. No regular
// expression here has the flags i and u together: `k` would fit the Kelvin sign as well.

import { HANGUL, UNSEEN, bareLength, characterAt, isOfLatinWord } from "./scripts.js";

const SCHEME = /\bhttps?:\/\//gi;
const BEHIND = /https?:\/\//iy; // of an address that ends here

const LETTER = `(?:(?!https?://)[a-z0-9${HANGUL}])`;
const LABEL = `${LETTER}+(?:[_-]+${LETTER}+)*`;
const RUN = new RegExp(`${LABEL}(?:\\.${LABEL})*`, "iy");
const IPV6 = /\[[0-9a-f:.]+\]/iy;
const IN_HANGUL = new RegExp(`[${HANGUL}]`);
const KOREAN_TLDS = "한국|닷컴|닷넷|삼성";
const TLD = new RegExp(`(?:${KOREAN_TLDS}|${KOREAN_TLDS.normalize("NFD")}|[a-z]{2,}(?![a-z0-9_-]))`, "iy");
const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const NUMBER_LAST = /^(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)$/i;
const NAME_LAST = /^(?:.*\.(?:[a-z]{2,}|xn--[a-z0-9-]+)|localhost)$/i;
const PORT = /:([0-9]{1,5})(?![a-z0-9])/iy;
const LOGIN = /[A-Za-z0-9:%!$&*+=~._-]*@/y;
const GOES_ON = new RegExp(`[${UNSEEN}\\uff0e]+[._-]*[a-z0-9]`, "iy");

const ASCII_TAIL = /[/?#][!#-&(-;=?-[\]-_a-~]*/y;
const KOREAN_TAIL = new RegExp(`[/?#][!#-&(-;=?-[\\]-_a-~\\u3131-\\u318e${HANGUL}]*`, "y");
const CLOSES = { ")": "(", "]": "[", "}": "{" };
const ENDS_A_SENTENCE = new Set(".,;:!?*~|");

function matchAt(sticky, text, at) {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

const isKorean = (host) => IN_HANGUL.test(host);
const standsAlone = (host) => isKorean(host) || NAME_LAST.test(host) || IPV4.test(host);

/** How much of a run with Hangul in it is the host: all, or what is before a particle; 0: none. */
function koreanLength(run) {
  const before = run.slice(0, run.search(IN_HANGUL));
  const asciiHost = before.slice(0, bareLength(before));
  const asciiLength = standsAlone(asciiHost) ? asciiHost.length : 0;
  const sticks = before !== "" && !before.endsWith(".");
  const label = run.lastIndexOf(".") + 1;
  const tld = label ? matchAt(TLD, run, label) : null;
  if (!tld || (sticks && label <= before.length)) return asciiLength;
  const end = label + tld[0].length;
  const hasParticle = label === before.length && end < run.length;
  const isHostAlready = NAME_LAST.test(asciiHost.replace(/^www\./i, ""));
  return isHostAlready && (sticks || hasParticle) ? 0 : end;
}

/** Whether a reader and a browser agree that the host ends here. */
function mayEnd(text, end, host) {
  const after = characterAt(text, end);
  if (after === "%" || matchAt(LOGIN, text, end) || matchAt(GOES_ON, text, end)) return false;
  if (after < "\u0080" || (/\s/.test(after) && after !== "\ufeff")) return true;
  return !isOfLatinWord(after) && standsAlone(host);
}

function hostEnd(text, at) {
  const run = matchAt(RUN, text, at);
  if (!run) {
    const literal = matchAt(IPV6, text, at);
    const end = literal ? at + literal[0].length : -1;
    return end < 0 || matchAt(LOGIN, text, end) ? -1 : end;
  }
  const length = isKorean(run[0]) ? koreanLength(run[0]) : run[0].length;
  const host = run[0].slice(0, length);
  if (!length || (NUMBER_LAST.test(host) && !IPV4.test(host))) return -1;
  return mayEnd(text, at + length, host) ? at + length : -1;
}

/** How much of it is before the first bracket that is never closed, or was never opened. */
function paired(tail) {
  const opened = [];
  for (const { 0: bracket, index } of tail.matchAll(/[()[\]{}]/g)) {
    const opens = CLOSES[bracket];
    if (!opens) opened.push({ bracket, index });
    else if (opened.at(-1)?.bracket === opens) opened.pop();
    else return opened.length ? opened[0].index : index;
  }
  return opened.length ? opened[0].index : tail.length;
}

function tailEnd(text, at, host) {
  const tail = matchAt(isKorean(host) ? KOREAN_TAIL : ASCII_TAIL, text, at);
  if (!tail) return at;
  let end = at + paired(tail[0]);
  while (end > at && ENDS_A_SENTENCE.has(text[end - 1])) end -= 1;
  return end;
}

function linkAt(text, start, at) {
  const end = hostEnd(text, at);
  if (end < 0) return null;
  const host = text.slice(at, end);
  const port = matchAt(PORT, text, end);
  const behind = port && Number(port[1]) < 65_536 ? end + port[0].length : end;
  return { start, end: tailEnd(text, behind, host), host };
}

/** The addresses with a scheme, in order: where each starts and ends in the text, and its host. */
export function* linksIn(text) {
  SCHEME.lastIndex = 0;
  let begin = SCHEME.exec(text);
  while (begin) {
    const at = begin.index + begin[0].length;
    const found = linkAt(text, begin.index, at);
    const rest = found ? found.end : at;
    if (found) yield found;
    begin = found && matchAt(BEHIND, text, rest);
    if (begin) continue;
    SCHEME.lastIndex = rest;
    begin = SCHEME.exec(text);
  }
}
