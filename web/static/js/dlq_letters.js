// Dead letters as operators read them: what is known of one, its record, and what can be done.

import { get, reasonOf } from "./api.js";
import { askLetter, follow } from "./dlq_acts.js";
import { el } from "./dom.js";
import { t } from "./i18n.js";
import { hiddenText, link, preciseTime } from "./ops_lines.js";
import { addressOf, letterAddress, letterRecordAddress, recordAddress, traceAddress } from "./ops_query.js";

const kindText = ({ kind }) => (kind ? t(`dlq.reason.${kind}`) : t("dlq.unknown"));

/** What became of a letter, in words. */
function fateText({ state, outcome, code, droppedBecause }) {
  if (state === "dropped") return t("dlq.fate.dropped", { reason: droppedBecause });
  return t(`dlq.fate.${outcome ?? "waiting"}`, { code: code ?? "" });
}

function headOf(letter) {
  return el(
    "span",
    { class: "line-head" },
    el("time", { datetime: letter.at }, preciseTime(letter.at)),
    letter.service ? el("span", { class: "service" }, letter.service) : null,
    el("span", { class: "fault" }, kindText(letter)),
    el("span", {}, letter.reader ?? t("dlq.noReader")),
  );
}

function fateOf(letter) {
  const { doneAt } = letter;
  return el(
    "span",
    { class: "letter-fate", dir: "auto" },
    doneAt ? el("time", { datetime: doneAt }, preciseTime(doneAt)) : null,
    doneAt ? " · " : null,
    fateText(letter),
  );
}

function linksOf({ id, topic, partition, offset, traceId, again, replayOf, by }) {
  return el(
    "span",
    { class: "line-links" },
    topic && offset !== null ? link(recordAddress({ topic, partition, offset }), t("opsLog.toRecord")) : null,
    link(letterRecordAddress(id), t("dlq.letterRecord")),
    traceId ? link(traceAddress(traceId), t("opsLog.toTrace")) : null,
    again ? link(letterAddress(again), t("dlq.again")) : null,
    replayOf ? link(letterAddress(replayOf), t("dlq.replayOf")) : null,
    by ? link(addressOf("/ops/log", { user: by }), t("dlq.by")) : null,
  );
}

/** What is shown of a letter's record: {reason, value, hidden}. */
function recordOf({ reason, value, hidden }) {
  return [
    reason ? el("p", { class: "problem", dir: "auto" }, reason) : null,
    value === null && !hidden.length
      ? el("p", { class: "record-hidden" }, t("dlq.undecoded"))
      : el("pre", { dir: "auto" }, JSON.stringify(value, null, 2)),
    hiddenText(hidden),
  ].filter(Boolean);
}

function detailsOf(letter, whole) {
  const place = el("div", { class: "letter-record" });
  const details = el("details", {}, el("summary", {}, t("dlq.open")), place);
  if (whole) {
    details.open = true;
    place.replaceChildren(...recordOf(whole));
    return details;
  }
  details.addEventListener("toggle", async () => {
    if (!details.open || place.hasChildNodes()) return;
    try {
      place.replaceChildren(...recordOf(await get(letterAddress(letter.id))));
    } catch (error) {
      place.replaceChildren();
      details.open = false;
      tellOf(details, reasonOf(error));
    }
  });
  return details;
}

/** Say something about the page's letters, from an item of it. */
function tellOf(item, text) {
  item.dispatchEvent(new CustomEvent("letter-note", { bubbles: true, detail: text }));
}

const isOpen = ({ state, outcome }) => state === "waiting" || outcome === "unknown";

function button(act, letter, settled) {
  const found = el("button", { type: "button", class: "button small", "data-act": act }, t(`dlq.${act}`));
  found.setAttribute("aria-label", `${t(`dlq.${act}`)}: ${letter.id}`);
  const failed = (reason) => tellOf(found, `${letter.id}: ${reason}`);
  found.addEventListener("click", () => askLetter(act, letter, { settled, failed }));
  return found;
}

function actsOf(letter, settled) {
  if (!isOpen(letter)) return null;
  return el("span", { class: "letter-acts" }, button("replay", letter, settled), button("drop", letter, settled));
}

/**
 * The item of a letter. `whole` is its record where that is known, else it is asked for when opened.
 * It follows a replay that somebody began here, and one that it `follows`; bubbling `letter-note`
 * events carry what is to be said.
 */
export function letterItem(letter, { whole = null, follows = false } = {}) {
  const item = el("li", { class: "letter", "data-letter": letter.id, "data-state": letter.state, tabindex: "-1" });
  const replaced = (told, isFollowed) => {
    const next = letterItem(told, { whole, follows: isFollowed });
    const hadFocus = item.contains(document.activeElement);
    tellOf(item, fateText(told));
    item.replaceWith(next);
    if (hadFocus) next.focus();
  };
  item.append(
    ...[
      headOf(letter),
      el("a", { class: "letter-id", href: letterAddress(letter.id) }, letter.id),
      letter.topic ? el("span", { class: "letter-facts" }, `${letter.topic} ${letter.partition}:${letter.offset ?? "?"}`) : null,
      fateOf(letter),
      linksOf(letter),
      detailsOf(letter, whole),
      actsOf(letter, (told) => replaced(told, true)),
    ].filter(Boolean),
  );
  if (follows && letter.outcome === "unknown") {
    // Once whoever asked for the item has put it into the page.
    queueMicrotask(() => follow(letter, () => item.isConnected, (told) => replaced(told, false)));
  }
  return item;
}
