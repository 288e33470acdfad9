// Who is muted, for operators: the list, its filter, and the end of a mute.

import { get, reasonOf, remove } from "./api.js";
import { avatar, byId, el } from "./dom.js";
import { clearFaults, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { ruleText } from "./refusals.js";
import { keepAlive } from "./session.js";
import { fullTime } from "./time.js";

const form = byId("filter");
const list = byId("sanctions");
const note = byId("sanctions-note");
const more = byId("sanctions-more");
let cursor = null;
let asked = 0;

function stateText({ until, liftedAt, liftedBy }) {
  if (liftedAt) return t("sanctions.lifted", { time: fullTime(liftedAt), userId: liftedBy ?? "" });
  const isOver = new Date(until) <= new Date();
  return t(isOver ? "sanctions.over" : "sanctions.until", { time: fullTime(until) });
}

function isActive({ until, liftedAt }) {
  return !liftedAt && new Date(until) > new Date();
}

function nameOf({ userName, userId }) {
  return userName ? `${userName} (@${userId})` : t("room.someone");
}

function liftButton(sanction) {
  const button = el("button", { type: "button", class: "button small" }, t("sanctions.lift"));
  button.setAttribute("aria-label", t("sanctions.lift.label", { name: nameOf(sanction) }));
  button.addEventListener("click", () => lift(sanction, button));
  return button;
}

function itemOf(sanction) {
  const where = sanction.roomId
    ? el("a", { href: `/rooms/${encodeURIComponent(sanction.roomId)}?ask=1` }, t("sanctions.room"))
    : t("sanctions.everywhere");
  return el(
    "li",
    { class: "sanction", "data-sanction": sanction.sanctionId },
    avatar(sanction.userName ?? "?", sanction.userId ?? ""),
    el("bdi", { class: "who" }, nameOf(sanction)),
    el("span", { class: "where" }, ruleText(sanction.reason), " · ", where),
    el("span", { class: "found", dir: "auto" }, sanction.detail),
    el("span", { class: "when" }, `${fullTime(sanction.since)} · ${stateText(sanction)}`),
    isActive(sanction) ? liftButton(sanction) : null,
  );
}

async function lift(sanction, button) {
  button.disabled = true;
  try {
    await remove(`/ops/sanctions/${encodeURIComponent(sanction.sanctionId)}`);
  } catch (error) {
    button.disabled = false;
    note.textContent = reasonOf(error);
    return;
  }
  await read(false);
  note.textContent = t("sanctions.done", { name: nameOf(sanction) });
  byId("main").focus();
}

function query(isNextPage) {
  const data = new FormData(form);
  const asking = new URLSearchParams({ state: data.get("state"), limit: "50" });
  if (data.get("userId").trim()) asking.set("userId", data.get("userId").trim());
  if (isNextPage) asking.set("cursor", cursor);
  return asking;
}

function tell() {
  const count = list.children.length;
  if (!count) note.textContent = t("sanctions.none");
  else if (cursor) note.textContent = t("sanctions.many", { count: number(count) });
  else note.textContent = tCount("sanctions.found", count);
}

async function read(isNextPage) {
  const question = ++asked;
  clearFaults(form);
  try {
    const answer = await get(`/ops/sanctions?${query(isNextPage)}`);
    if (question !== asked) return;
    cursor = answer.cursor ?? null;
    if (!isNextPage) list.replaceChildren();
    list.append(...answer.sanctions.map(itemOf));
    more.hidden = !cursor;
    tell();
  } catch (error) {
    if (question === asked) showFaults(form, note, error, reasonOf(error));
  }
}

wireFrame();
keepAlive(() => {});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  read(false);
});
form.addEventListener("change", (event) => {
  if (event.target.name === "state") read(false);
});
more.addEventListener("click", () => read(true));
read(false);
