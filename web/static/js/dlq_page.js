// Dead letters, for operators: the list, one with its record, putting back and giving up.

import { get, post, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { keepAlive } from "./session.js";
import { askFirst, wireSure } from "./sure.js";
import { fullTime } from "./time.js";

const form = byId("filter");
const list = byId("letters");
const note = byId("dlq-note");
const more = byId("dlq-more");
let cursor = null;
let asked = 0;

const path = ({ id }) => `/ops/dlq/${encodeURIComponent(id)}`;

function fateText({ state, outcome, code, again, droppedBecause, doneAt }) {
  const time = doneAt ? fullTime(doneAt) : "";
  if (state === "dropped") return t("dlq.fate.dropped", { time, reason: droppedBecause });
  if (outcome) return t(`dlq.fate.${outcome}`, { time, code: code ?? "", again: again ?? "" });
  return t("dlq.state.waiting");
}

function links({ topic, partition, offset, traceId }) {
  const place = topic && offset !== null
    ? el("a", { href: `/ops/topics/${topic}?partition=${partition}&offset=${offset}` }, t("dlq.record"))
    : null;
  const trace = traceId ? el("a", { href: `/ops/log?trace=${traceId}` }, t("dlq.trace")) : null;
  return el("p", { class: "letter-links" }, place, trace);
}

function button(name, action) {
  const found = el("button", { type: "button", class: "button small" }, t(name));
  found.addEventListener("click", action);
  return found;
}

async function open(letter, place) {
  try {
    const { reason, value, hidden } = await get(path(letter));
    const told = [reason, value === null ? t("dlq.undecoded") : JSON.stringify(value, null, 2)];
    if (hidden.length) told.push(t("dlq.hidden", { fields: hidden.join(", ") }));
    place.replaceChildren(...told.filter(Boolean).map((text) => el("pre", { dir: "auto" }, text)));
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

function acts(letter, item) {
  const place = el("div", {});
  const show = button("dlq.open", () => open(letter, place));
  if (letter.state !== "waiting" && letter.outcome !== "unknown") return [el("p", { class: "letter-acts" }, show), place];
  const why = el("input", { maxlength: "200", "aria-label": t("dlq.why"), placeholder: t("dlq.why") });
  const settle = async (act, body) => {
    const told = await post(`${path(letter)}/${act}`, body);
    item.replaceWith(itemOf(told));
    note.textContent = fateText(told);
    byId("main").focus();
  };
  const replay = button("dlq.replay", () =>
    askFirst({ title: t("dlq.replay"), text: t("dlq.replay.ask", { topic: letter.topic }), action: () => settle("replay", {}) }));
  const drop = button("dlq.drop", () => {
    if (!why.value.trim()) return why.focus();
    return askFirst({ title: t("dlq.drop"), text: t("dlq.drop.ask"), action: () => settle("drop", { reason: why.value.trim() }) });
  });
  return [el("p", { class: "letter-acts" }, show, replay), el("p", { class: "letter-acts" }, why, drop), place];
}

function itemOf(letter) {
  const kind = letter.kind ? t(`dlq.reason.${letter.kind}`) : t("dlq.unknown");
  const item = el("li", { class: "letter", "data-letter": letter.id });
  item.append(
    el("span", { class: "letter-topic" }, letter.topic ?? letter.id),
    el("span", { class: "letter-facts" }, `${fullTime(letter.at)} · ${kind} · ${letter.reader ?? t("dlq.unknown")}`),
    el("span", { class: "letter-facts" }, letter.id),
    el("span", { class: "letter-fate" }, fateText(letter)),
    links(letter),
    ...acts(letter, item),
  );
  return item;
}

function query(isNextPage) {
  const asking = new URLSearchParams({ limit: "50" });
  for (const [name, value] of new FormData(form)) if (value.trim()) asking.set(name, value.trim());
  if (isNextPage) asking.set("cursor", cursor);
  return asking;
}

async function read(isNextPage) {
  const question = ++asked;
  clearFaults(form);
  try {
    const answer = await get(`/ops/dlq?${query(isNextPage)}`);
    if (question !== asked) return;
    cursor = answer.cursor ?? null;
    if (!isNextPage) list.replaceChildren();
    list.append(...answer.letters.map(itemOf));
    more.hidden = !cursor;
    note.textContent = list.children.length ? tCount("dlq.found", list.children.length) : t("dlq.none");
  } catch (error) {
    if (question === asked) showFaults(form, note, error, reasonOf(error));
  }
}

wireFrame();
wireSure();
keepAlive(() => {});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  read(false);
});
form.addEventListener("change", () => read(false));
more.addEventListener("click", () => read(true));
read(false);
