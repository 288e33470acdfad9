// The records of a topic, for operators: by offset, key or time, page by page.

import { get, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t } from "./i18n.js";
import { OpsFilter } from "./ops_filter.js";
import { addressOf } from "./ops_query.js";
import { pageData } from "./page_data.js";
import { keepAlive } from "./session.js";
import { recordItem } from "./topic_records.js";

const LIMIT = 20;

const path = `/ops/topics/${encodeURIComponent(pageData.topic)}`;
const form = byId("records-filter");
const note = byId("records-note");
let cursors = [null]; // of the pages up to the one that is shown; the first has none
let following = null;
let asked = 0;

function spanRow({ partition, begin, end }) {
  return el("tr", {}, ...[partition, begin, end].map((each) => el("td", {}, number(each))));
}

function showAnswer({ records, people, partitions, scanned, cursor }, values) {
  const names = new Map(people.map((each) => [each.accountId, each]));
  const aim = values.offset ? `${Number(values.partition)}:${Number(values.offset)}` : null;
  byId("records").replaceChildren(
    ...records.map((each) => recordItem(each, names, `${each.partition}:${each.offset}` === aim)),
  );
  byId("spans").tBodies[0].replaceChildren(...partitions.map(spanRow));
  following = cursor;
  byId("records-next").hidden = !cursor;
  byId("records-previous").hidden = cursors.length === 1;
  note.textContent = t("opsTopics.shown", {
    count: number(records.length), scanned: number(scanned), page: number(cursors.length),
  });
}

async function read() {
  const question = ++asked;
  clearFaults(form);
  const { values } = filter;
  try {
    const answer = await get(addressOf(path, { ...values, cursor: cursors.at(-1), limit: LIMIT }));
    if (question === asked) showAnswer(answer, values);
  } catch (error) {
    if (question === asked) showFaults(form, note, error, reasonOf(error));
  }
}

function begin() {
  cursors = [null];
  read();
}

function turn(next) {
  cursors = next;
  byId("records-title").scrollIntoView();
  read();
}

const filter = new OpsFilter(form, { read: begin });

wireFrame();
keepAlive(() => {});
byId("records-newest").addEventListener("click", () => filter.clear());
byId("records-next").addEventListener("click", () => turn([...cursors, following]));
byId("records-previous").addEventListener("click", () => turn(cursors.slice(0, -1)));
read();
