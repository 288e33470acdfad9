// The log, for operators: search, bars over time, one trace's way, and what comes in live.

import { get, isAway, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { LogBars } from "./log_bars.js";
import { apart } from "./log_range.js";
import { OpsFilter } from "./ops_filter.js";
import { lineItem, stepItem } from "./ops_lines.js";
import { addressOf } from "./ops_query.js";
import { keepAlive } from "./session.js";

const LIVE = 2_000; // milliseconds between two looks for what is new
const AGAIN = 3_000; // and before one that failed is tried again
const MOST = 500; // entries that a live page keeps

const form = byId("log-filter");
const list = byId("log-lines");
const note = byId("log-note");
const more = byId("log-more");
const live = byId("log-live");
const people = new Map();
let cursor = null;
let isCut = false; // its end was cut: what the cursor goes on with would not follow the last entry
let asOf = null;
let asked = 0; // answers to former questions are not shown
let timer = null;

function remember(found) {
  for (const each of found) people.set(each.accountId, each);
}

const itemsOf = (documents) => documents.map((each) => lineItem(each, people));

function tell() {
  const count = list.children.length;
  if (!count) note.textContent = t("opsLog.none");
  else if (cursor || isCut) note.textContent = t("opsLog.many", { count: number(count) });
  else note.textContent = tCount("opsLog.found", count);
}

/** What came since: without those that are shown, which a look back for late ones brings again. */
function addNew(documents) {
  const shown = new Set([...list.children].map((item) => item.dataset.document));
  const fresh = documents.filter((each) => !shown.has(`${each.index}/${each.id}`));
  list.prepend(...itemsOf(fresh));
  if (list.children.length <= MOST) return;
  while (list.children.length > MOST) list.lastElementChild.remove();
  isCut = true;
  showMore(null);
}

function showMore(next) {
  cursor = next;
  more.hidden = !cursor;
}

async function readPage(values) {
  const answer = await get(addressOf("/ops/log", { ...values, limit: 50 }));
  return () => {
    remember(answer.people);
    list.replaceChildren(...itemsOf(answer.documents));
    isCut = false;
    showMore(answer.cursor ?? null);
    asOf = answer.asOf;
    tell();
  };
}

function options(id, names) {
  byId(id).replaceChildren(...names.map((name) => el("option", { value: name })));
}

async function readBars(values) {
  const found = await get(addressOf("/ops/log/histogram", values));
  return () => {
    bars.show(found);
    options("log-services", found.services);
    options("log-actions", found.actions);
  };
}

async function readWay({ trace }) {
  const way = byId("log-way");
  if (!trace) return () => { way.hidden = true; };
  const { steps } = await get(`/ops/log/traces/${encodeURIComponent(trace)}`);
  return () => {
    way.hidden = false;
    byId("log-steps").replaceChildren(...steps.map((step, place) => stepItem(step, steps[place - 1])));
    byId("log-way-lead").textContent = steps.length
      ? t("opsLog.way.lead", { ms: number(apart(steps[0].at, steps.at(-1).at)) })
      : t("opsLog.way.none");
  };
}

function failed(error, again) {
  if (isAway(error)) {
    note.textContent = `${reasonOf(error)} ${t("opsLog.again")}`;
    timer = setTimeout(again, AGAIN);
  } else {
    showFaults(form, note, error, reasonOf(error));
  }
}

async function read() {
  const question = ++asked;
  clearTimeout(timer);
  clearFaults(form);
  const { values } = filter;
  const { dataset, outcome, ...shared } = values;
  byId("log-dashboards").href = addressOf("/ops/dashboards", shared);
  try {
    // The list first: its look is told, and the others belong to it.
    const showPage = await readPage(values);
    const shows = [showPage, ...(await Promise.all([readBars(values), readWay(values)]))];
    if (question !== asked) return;
    for (const show of shows) show();
    goOn();
  } catch (error) {
    if (question === asked) failed(error, read);
  }
}

function goOn() {
  clearTimeout(timer);
  if (live.checked) timer = setTimeout(readNew, LIVE);
}

async function readNew() {
  const question = asked;
  const { values } = filter;
  try {
    const answer = await get(addressOf("/ops/log", { ...values, newer: asOf, limit: 200 }));
    const showBars = await readBars(values);
    if (question !== asked) return;
    remember(answer.people);
    asOf = answer.asOf;
    addNew(answer.documents);
    tell();
    showBars();
    goOn();
  } catch (error) {
    if (question === asked) failed(error, readNew);
  }
}

async function readOn() {
  const question = asked;
  const from = cursor;
  try {
    const answer = await get(addressOf("/ops/log", { ...filter.values, cursor: from, limit: 50 }));
    // Pressed twice, the same page comes twice.
    if (question !== asked || isCut || from !== cursor) return;
    remember(answer.people);
    list.append(...itemsOf(answer.documents));
    showMore(answer.cursor ?? null);
    tell();
  } catch (error) {
    if (question === asked) note.textContent = reasonOf(error);
  }
}

const filter = new OpsFilter(form, { read });
const bars = new LogBars((range) => filter.choose(range));

wireFrame();
keepAlive(() => {});
byId("log-clear").addEventListener("click", () => filter.clear());
live.addEventListener("change", () => {
  if (live.checked && asOf) readNew();
  else clearTimeout(timer);
});
more.addEventListener("click", readOn);
read();
