// A group of /ops/lag as an entry: how it does, its trend, and its topics.

import { el, spoken } from "./dom.js";
import { number, t, tCount } from "./i18n.js";
import { catchUp, duration, trendPoints } from "./lag_texts.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 28;

export function durationText(seconds) {
  if (seconds === null) return t("opsLag.unknown");
  const { unit, count } = duration(seconds);
  return unit === "under" ? t("opsLag.time.under") : tCount(`opsLag.time.${unit}`, count);
}

function catchUpText(group) {
  const found = catchUp(group);
  return t(`opsLag.catchUp.${found.kind}`, { time: found.kind === "in" ? durationText(found.seconds) : "" });
}

function trend(group) {
  const points = trendPoints(group.trend, WIDTH, HEIGHT);
  if (!points) return null;
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ class: "lag-trend", viewBox: `-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`, "aria-hidden": "true" })) svg.setAttribute(name, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points);
  svg.append(line);
  const most = Math.max(...group.trend.map(({ records }) => records));
  const said = t("opsLag.trend", { most: number(most), last: number(group.records) });
  return el("span", { class: "lag-trend-place" }, svg, spoken(said));
}

const state = (name) => el("span", { class: "lag-state", "data-state": name }, t(`opsLag.state.${name}`));
const cell = (...content) => el("td", {}, ...content);
const head = (text) => el("th", { scope: "col" }, text);

function partitionRow({ partition, state: name, records, seconds, committed, end, isHeld, lost }) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, number(partition)),
    cell(state(name)),
    cell(number(records)),
    cell(durationText(seconds)),
    cell(number(committed)),
    cell(number(end)),
    cell(t(isHeld ? "opsLag.held.yes" : "opsLag.held.no")),
    cell(lost ? number(lost) : "–"),
  );
}

function partitionTable({ topic, partitions }) {
  const heads = [
    t("opsLag.partition"), t("opsLag.state"), t("opsLag.records"), t("opsLag.age"),
    t("opsLag.committed"), t("opsLag.end"), t("opsLag.held"), t("opsLag.lost"),
  ];
  return el(
    "div",
    { class: "table-place", tabindex: "0", role: "group", "aria-label": topic },
    el(
      "table",
      { class: "ops-table lag-table" },
      el("caption", { class: "visually-hidden" }, topic),
      el("thead", {}, el("tr", {}, ...heads.map(head))),
      el("tbody", {}, ...partitions.map(partitionRow)),
    ),
  );
}

function topicItem(topic) {
  const facts = [
    tCount("opsLag.behind", topic.records),
    topic.records ? durationText(topic.seconds) : null,
    tCount("opsTopics.partitions", topic.partitionCount),
    topic.lost ? tCount("opsLag.lostCount", topic.lost) : null,
  ];
  return el(
    "li",
    { class: "lag-topic" },
    el("a", { href: `/ops/topics/${encodeURIComponent(topic.topic)}` }, topic.topic),
    el("span", { class: "topic-facts" }, facts.filter(Boolean).join(" · ")),
    topic.partitions.length ? partitionTable(topic) : null,
  );
}

function factsOf(group) {
  return [
    tCount("opsLag.behind", group.records),
    group.records ? t("opsLag.oldest", { time: durationText(group.seconds) }) : null,
    catchUpText(group),
    tCount("opsLag.members", group.members),
    group.lost ? tCount("opsLag.lostCount", group.lost) : null,
  ].filter(Boolean).join(" · ");
}

/** Topics that are behind come first, the rest by name. */
function inOrder(topics) {
  return [...topics].sort((one, other) => other.records - one.records || one.topic.localeCompare(other.topic));
}

/** The entry of a group; open when it `isOpen`. */
export function groupItem(group, isOpen) {
  return el(
    "li",
    { class: "lag-group", "data-group": group.group, "data-state": group.state },
    el("div", { class: "lag-head" }, el("h2", {}, group.group), state(group.state), trend(group)),
    el("p", { class: "topic-facts" }, factsOf(group)),
    el(
      "details",
      { open: isOpen },
      el("summary", {}, tCount("opsLag.topics", group.topics.length)),
      el("ul", { class: "lag-topics" }, ...inOrder(group.topics).map(topicItem)),
    ),
  );
}
