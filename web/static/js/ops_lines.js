// Entries of the log and the steps of a trace, as operators read them.

import { el } from "./dom.js";
import { number, t } from "./i18n.js";
import { apart } from "./log_range.js";
import { addressOf, letterAddress, recordAddress, traceAddress } from "./ops_query.js";
import { language } from "./page_data.js";

const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const seconds = new Intl.DateTimeFormat(language, parts);
const milliseconds = new Intl.DateTimeFormat(language, { ...parts, fractionalSecondDigits: 3 });

/** Day and time with seconds, and milliseconds unless `exact` is false, in the reader's zone. */
export const preciseTime = (text, exact = true) => (exact ? milliseconds : seconds).format(new Date(text));

const isFault = ({ level, outcome, index }) =>
  level === "error" || level === "critical" || outcome === "failure" || index.startsWith("chatstream-deadletters");

/** Whose account it is: the name as it is now, else the id. */
export function personOf(accountId, people) {
  const found = people.get(accountId);
  return found?.userName ? `${found.userName} (@${found.userId})` : accountId;
}

/** A link with this text. */
export const link = (href, text) => el("a", { href }, text);

/** Which fields of a record are for others than the operator; null when there are none. */
export function hiddenText(names) {
  return names.length
    ? el("span", { class: "record-hidden" }, t("opsTopics.hidden", { names: names.join(", ") }))
    : null;
}

function linksOf({ traceId, roomId, record, deadLetter }) {
  const links = [
    traceId ? link(traceAddress(traceId), t("opsLog.toTrace")) : null,
    record ? link(recordAddress(record), t("opsLog.toRecord")) : null,
    deadLetter ? link(letterAddress(deadLetter), t("opsLog.toLetter")) : null,
    roomId ? link(addressOf("/ops/log", { roomId }), t("opsLog.toRoom")) : null,
  ];
  return el("span", { class: "line-links" }, ...links);
}

function headOf(each, people) {
  const fault = isFault(each);
  const kind = each.level ?? each.outcome;
  return el(
    "span",
    { class: "line-head" },
    el("time", { datetime: each.at }, preciseTime(each.at)),
    each.service ? el("span", { class: "service" }, each.service) : null,
    kind ? el("span", fault ? { class: "fault" } : {}, t(each.level ? `opsLog.level.${kind}` : `opsLog.outcome.${kind}`)) : null,
    each.accountId ? link(addressOf("/ops/log", { user: each.accountId }), personOf(each.accountId, people)) : null,
  );
}

function textOf({ message, action, code }) {
  return [message ?? action, code].filter(Boolean).join(" · ") || "–";
}

/** The entry of a document; `people` are {userId, userName} by account id. */
export function lineItem(each, people) {
  return el(
    "li",
    { class: "log-line", "data-fault": String(isFault(each)), "data-document": `${each.index}/${each.id}` },
    headOf(each, people),
    el("span", { dir: "auto" }, textOf(each)),
    linksOf(each),
    el("details", {}, el("summary", {}, t("opsLog.document")), el("pre", {}, JSON.stringify(each.document, null, 2))),
  );
}

function afterText(step, before) {
  return before ? t("opsLog.after", { ms: number(apart(before.at, step.at)) }) : "";
}

/** A step of a trace; `before` is the one before it, to tell the milliseconds between them. */
export function stepItem(step, before) {
  return el(
    "li",
    { class: "way-step", "data-step": step.step },
    el("span", { class: "way-after" }, afterText(step, before)),
    el("span", {}, el("span", { class: "way-name" }, t(`opsLog.step.${step.step}`)), " ", el("time", { class: "quiet", datetime: step.at }, preciseTime(step.at))),
    el("span", { class: "way-what", dir: "auto" }, [step.service, step.text].filter(Boolean).join(" · ")),
    step.record ? el("span", { class: "line-links" }, link(recordAddress(step.record), t("opsLog.toRecord"))) : null,
  );
}
