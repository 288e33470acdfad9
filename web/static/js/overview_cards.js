// The overview as elements. What is there stays where it is; only what changed is written anew.

import { arrange, el } from "./dom.js";
import { number, t, tCount } from "./i18n.js";
import { PAGES, cardFacts, findingText, identity } from "./overview_texts.js";
import { dayKey, exactTime, fullTime } from "./time.js";

const moment = (text) => (dayKey(text) === new Date().toDateString() ? exactTime(text) : fullTime(text));
const time = (seconds) => moment(new Date(seconds * 1000).toISOString());

/** The entries of `list` for `items`: those that were there are kept, and updated. */
function keep(list, items, keyOf, make, update) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const key = keyOf(item);
    const node = known.get(key) ?? make(item);
    node.dataset.key = key;
    update(node, item);
    return node;
  });
  arrange(list, nodes);
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function told(finding) {
  const { key, count, since } = findingText(finding);
  const values = { ...finding.facts, of: finding.of, time: since === null ? "" : time(since) };
  return count === null ? t(`overview.finding.${key}`, values) : tCount(`overview.counted.${key}`, count, values);
}

const textsOf = (checks = "") => checks.split(",").filter(Boolean).map((check) => t(`overview.reason.${check}`));

function newFinding({ page }) {
  const what = page ? el("a", { href: page, class: "finding-what" }) : el("span", { class: "finding-what" });
  return el("li", { class: "finding" }, el("span", {}, what), el("span", { class: "finding-more" }));
}

function updateFinding(node, finding) {
  node.dataset.level = finding.level;
  write(node.querySelector(".finding-what"), told(finding));
  const area = t(`overview.area.${finding.area}`);
  const runbook = finding.runbook ? t("overview.runbook", { name: finding.runbook }) : "";
  write(node.querySelector(".finding-more"), [area, ...textsOf(finding.facts.checks), runbook].filter(Boolean).join(" · "));
}

/** What is wrong, in the order in which it came. */
export function showFindings(list, findings) {
  keep(list, findings, identity, newFinding, updateFinding);
}

function newCard({ area }) {
  const title = t(`overview.area.${area}`);
  const heading = PAGES[area] ? el("a", { href: PAGES[area] }, title) : title;
  return el(
    "li",
    { class: "card", "data-area": area },
    el("div", { class: "card-head" }, el("h2", {}, heading), el("span", { class: "card-state" })),
    el("p", { class: "card-facts" }),
    el("ul", { class: "card-rows" }),
  );
}

function factText({ key, values = {}, since }) {
  const shown = Object.entries(values).map(([name, value]) => [name, number(value)]);
  return t(`overview.facts.${key}`, { ...Object.fromEntries(shown), time: since === undefined ? "" : time(since) });
}

function rowValue(area, value) {
  if (area === "servers") return t(value ? "overview.server.answers" : "overview.server.away");
  return number(value);
}

function updateCard(node, card) {
  node.dataset.level = card.level;
  const state = node.querySelector(".card-state");
  state.dataset.level = card.level;
  write(state, t(`overview.state.${card.level}`));
  write(node.querySelector(".card-facts"), cardFacts(card).map(factText).join(" ") || t("overview.unknown"));
  keep(
    node.querySelector(".card-rows"),
    Object.entries(card.rows),
    ([name]) => name,
    ([name]) => el("li", {}, el("span", {}, name), el("span")),
    (row, [, value]) => write(row.lastElementChild, rowValue(card.area, value)),
  );
}

/** A card for each area. */
export function showCards(list, cards) {
  keep(list, cards, ({ area }) => area, newCard, updateCard);
}

function stateText({ state, reasons, away, heardAt }) {
  if (state === "silent") return t("overview.process.silent", { time: moment(heardAt) });
  const why = [...textsOf(Object.keys(reasons).join()), ...away.map((store) => t("overview.process.away", { store }))];
  return [t(`overview.process.is.${state}`), ...why].join(" · ");
}

/** A row for each process. */
export function showProcesses(body, processes) {
  keep(
    body,
    processes,
    ({ worker }) => worker,
    ({ worker }) => el("tr", {}, el("th", { scope: "row" }, worker), el("td"), el("td"), el("td")),
    (row, process) => {
      const [, state, since, version] = row.children;
      state.dataset.state = process.state;
      write(state, stateText(process));
      write(since, moment(process.startedAt));
      write(version, process.version);
    },
  );
}
