// Dead letters, for operators: those that are looked for, page by page, or the one that the path names.

import { get, reasonOf } from "./api.js";
import { letterItem } from "./dlq_letters.js";
import { wireLetterActs } from "./dlq_acts.js";
import { byId } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { fieldTime, timeOfField } from "./log_range.js";
import { addressOf, letterAddress } from "./ops_query.js";
import { pageData } from "./page_data.js";
import { keepAlive } from "./session.js";

const TIMES = ["from", "to"];
const USUAL = { state: "waiting" }; // of a field that the address does not name
const ANY = "all";

const list = byId("letters");
const note = byId("dlq-note");
const form = document.querySelector("#dlq-filter");
const more = document.querySelector("#dlq-more");
let cursor = null;
let asked = 0; // answers to former questions are not shown

const fields = () => [...form.elements].filter((field) => field.name);

function valuesOfForm() {
  return Object.fromEntries(
    fields().map(({ name, value }) => [name, TIMES.includes(name) ? timeOfField(value) : value]),
  );
}

function fillForm() {
  const query = new URLSearchParams(location.search);
  for (const field of fields()) {
    const value = query.get(field.name) ?? USUAL[field.name] ?? "";
    const at = Date.parse(value);
    field.value = TIMES.includes(field.name) ? fieldTime(Number.isNaN(at) ? null : at) : value;
    if (field.matches("select") && field.selectedIndex < 0) field.value = USUAL[field.name] ?? "";
  }
}

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
  const values = valuesOfForm();
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

function show() {
  const values = valuesOfForm();
  for (const [name, usual] of Object.entries(USUAL)) if (values[name] === usual) values[name] = "";
  const address = addressOf(location.pathname, values);
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  read(false);
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
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  for (const choice of form.querySelectorAll("select")) choice.addEventListener("change", show);
  more.addEventListener("click", () => read(true));
  addEventListener("popstate", () => {
    fillForm();
    read(false);
  });
  fillForm();
  read(false);
}

wireFrame();
wireLetterActs();
keepAlive(() => {});
list.addEventListener("letter-note", ({ detail }) => { note.textContent = detail; });
if (pageData.letter) readOne(pageData.letter);
else wireFilter();
