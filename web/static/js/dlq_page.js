// Dead letters, for operators: those that are looked for, page by page, or the one that the path names.

import { get, reasonOf } from "./api.js";
import { letterItem } from "./dlq_letters.js";
import { wireLetterActs } from "./dlq_acts.js";
import { byId } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { OpsFilter } from "./ops_filter.js";
import { addressOf, letterAddress } from "./ops_query.js";
import { pageData } from "./page_data.js";
import { keepAlive } from "./session.js";

const USUAL = { state: "waiting" };
const ANY = "all";

const list = byId("letters");
const note = byId("dlq-note");
const form = document.querySelector("#dlq-filter");
const more = document.querySelector("#dlq-more");
let filter = null;
let cursor = null;
let asked = 0; // answers to former questions are not shown

function tell(forgotten) {
  const count = list.children.length;
  const found = cursor ? t("dlq.many", { count: number(count) }) : tCount("dlq.found", count);
  const texts = [count ? found : t("dlq.none")];
  if (forgotten) texts.push(tCount("dlq.forgotten", forgotten));
  note.textContent = texts.join(" ");
}

async function read(isNextPage) {
  const question = ++asked;
  clearFaults(form);
  const { values } = filter;
  if (values.state === ANY) delete values.state;
  try {
    const answer = await get(addressOf("/ops/dlq", { ...values, cursor: isNextPage ? cursor : null, limit: 50 }));
    if (question !== asked) return;
    cursor = answer.cursor ?? null;
    if (!isNextPage) list.replaceChildren();
    list.append(...answer.letters.map((letter) => letterItem(letter)));
    more.hidden = !cursor;
    tell(answer.forgotten);
  } catch (error) {
    if (question === asked) showFaults(form, note, error, reasonOf(error));
  }
}

async function readOne(id) {
  try {
    const { letter, ...whole } = await get(letterAddress(id));
    list.replaceChildren(letterItem(letter, { whole, follows: true }));
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

function wireFilter() {
  filter = new OpsFilter(form, { read: () => read(false), usual: USUAL });
  for (const choice of form.querySelectorAll("select")) choice.addEventListener("change", () => filter.show());
  more.addEventListener("click", () => read(true));
  read(false);
}

wireFrame();
wireLetterActs();
keepAlive(() => {});
list.addEventListener("letter-note", ({ detail }) => { note.textContent = detail; });
if (pageData.letter) readOne(pageData.letter);
else wireFilter();
