// Records of a topic, as operators read them.

import { el } from "./dom.js";
import { number, t } from "./i18n.js";
import { hiddenText, link, personOf, preciseTime } from "./ops_lines.js";
import { traceAddress } from "./ops_query.js";

const fact = (name, value) => el("span", {}, `${t(name)} `, el("code", {}, value));

function headOf({ partition, offset, at, key, recordType }) {
  return el(
    "span",
    { class: "line-head" },
    el("span", { class: "service" }, `${partition}:${offset}`),
    el("time", { datetime: at }, preciseTime(at)),
    recordType ? el("span", {}, recordType) : null,
    key ? fact("opsTopics.key", key) : null,
  );
}

function bodyOf({ value, hex, bytes }) {
  if (value !== null) return el("pre", { dir: "auto" }, JSON.stringify(value, null, 2));
  const size = t("opsTopics.undecodable", { count: number(bytes) });
  return el("div", {}, el("p", { class: "problem" }, size), hex ? el("pre", { dir: "ltr" }, hex) : null);
}

function letterText({ deadLetter }) {
  if (!deadLetter) return null;
  const { topic, partition, offset, reason } = deadLetter;
  const place = t("opsTopics.failed", { place: `${topic} ${partition ?? "?"}:${offset ?? "?"}` });
  return el("span", { class: "problem" }, [place, reason].filter(Boolean).join(" · "));
}

function accountsIn(value, people) {
  const text = JSON.stringify(value) ?? "";
  return [...people.keys()].filter((account) => text.includes(account));
}

/** The item of a record; `isAim` marks the one that was asked for by its place. */
export function recordItem(record, people, isAim) {
  const named = accountsIn(record.value, people).map((each) => personOf(each, people));
  const trace = record.traceId;
  return el(
    "li",
    { class: "record", "data-place": `${record.partition}:${record.offset}`, "data-aim": String(isAim) },
    headOf(record),
    letterText(record),
    bodyOf(record),
    hiddenText(record.hidden),
    named.length ? el("span", { class: "record-hidden" }, t("opsTopics.people", { names: named.join(", ") })) : null,
    trace ? el("span", { class: "line-links" }, link(traceAddress(trace), t("opsLog.toTrace"))) : null,
  );
}
