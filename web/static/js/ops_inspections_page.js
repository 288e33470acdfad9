// What waits for a person, for operators: both versions beside each other, and the decision.

import { get, post, reasonOf } from "./api.js";
import { wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { bodyNodes } from "./post_html.js";
import { authorLink, tagList } from "./post_items.js";
import { reasonKeys } from "./post_state.js";
import { keepAlive } from "./session.js";
import { fullTime, listTime } from "./time.js";

const AGAIN = 15_000;
const filter = byId("inspections-filter");
const list = byId("inspections");
const note = byId("inspections-note");
const more = byId("inspections-more");

let cursor = null;
let asked = 0;
let isFirstPage = true;

const keyOf = ({ contentId, inspected }) => `${contentId}/${inspected.version}`;

function versionBox(title, version) {
  const head = el("h3", {}, title);
  if (!version) return el("div", { class: "version" }, head, el("p", { class: "quiet" }, t("inspections.nothing")));
  return el(
    "div",
    { class: "version" },
    head,
    el("p", { class: "quiet" }, t("inspections.version", { version: version.version, time: fullTime(version.writtenAt) })),
    el("p", { class: "version-title", dir: "auto" }, version.title),
    el("div", { class: "post-body", dir: "auto" }, ...bodyNodes(version.html)),
    tagList(version.tags),
  );
}

function decisionForm(inspection) {
  const id = `reason-${keyOf(inspection)}`;
  const field = el("textarea", { id, name: "reason", rows: "2", maxlength: "500", required: true });
  const problem = el("p", { class: "problem", role: "alert" });
  const name = inspection.inspected.title;
  const button = (decision, key, kind) =>
    el(
      "button",
      { type: "submit", class: `button ${kind}`, value: decision, "aria-label": t("inspections.act", { act: t(key), name }) },
      t(key),
    );
  const form = el(
    "form",
    { novalidate: true },
    el("div", { class: "field" }, el("label", { for: id }, t("inspections.reason")), field),
    problem,
    el("div", { class: "row end" }, button("refuse", "inspections.refuse", "danger"), button("accept", "inspections.accept", "primary")),
  );
  let decision = "refuse";
  form.addEventListener("click", (event) => {
    decision = event.target.closest("button")?.value || decision;
  });
  wireForm(form, problem, (data) => decide(inspection, decision, data.get("reason").trim()), reasonOf);
  return form;
}

async function decide(inspection, decision, reason) {
  const { contentId, inspected } = inspection;
  await post(`/ops/inspections/${encodeURIComponent(contentId)}`, { version: inspected.version, decision, reason });
  const item = list.querySelector(`[data-inspection="${keyOf(inspection)}"]`);
  const next = item?.nextElementSibling ?? item?.previousElementSibling;
  item?.remove();
  const told = decision === "accept" ? "inspections.accepted" : "inspections.refused";
  tell(t(told, { name: inspected.title }));
  (next?.querySelector("textarea") ?? byId("main")).focus();
}

function inspectionItem(inspection) {
  const { author, state, since, judge, text, inspected, published } = inspection;
  const reasons = reasonKeys(inspected.reasons).map((key) => el("li", {}, t(key)));
  const head = el("p", { class: "line-head" }, authorLink(author));
  head.append(el("time", { datetime: since, title: fullTime(since) }, listTime(since)));
  if (judge) head.append(el("span", {}, t(`inspections.judge.${judge}`)));
  return el(
    "li",
    { class: "inspection", "data-inspection": keyOf(inspection) },
    el("h2", { dir: "auto" }, inspected.title),
    head,
    reasons.length ? el("ul", { class: "reasons" }, ...reasons) : null,
    inspected.note ? el("p", {}, t("standing.note", { note: inspected.note })) : null,
    text ? el("p", { class: "appeal-text", dir: "auto" }, t("inspections.appeal", { text })) : null,
    el("div", { class: "versions" }, versionBox(t("inspections.published"), published), versionBox(t("inspections.inspected"), inspected)),
    state === "review" || state === "inspecting" ? decisionForm(inspection) : null,
  );
}

function tell(text = "") {
  note.textContent = text || (list.children.length ? "" : t("inspections.none"));
}

/** Whoever writes a reason is not interrupted: what is there keeps its item. */
function show(inspections, on) {
  const known = new Map([...list.children].map((item) => [item.dataset.inspection, item]));
  const items = inspections.map((each) => known.get(keyOf(each)) ?? inspectionItem(each));
  if (on) return list.append(...items);
  const isSame = items.length === list.children.length && items.every((item, at) => list.children[at] === item);
  if (!isSame) list.replaceChildren(...items);
}

async function read({ on = false } = {}) {
  const question = ++asked;
  const query = new URLSearchParams({ state: new FormData(filter).get("state"), ...(on && cursor && { cursor }) });
  try {
    const answer = await get(`/ops/inspections?${query}`);
    if (question !== asked) return;
    show(answer.inspections, on);
    cursor = answer.cursor ?? null;
    more.hidden = !cursor;
    if (!on) tell();
  } catch (error) {
    if (question === asked) note.textContent = reasonOf(error);
  }
}

const isWriting = () => list.contains(document.activeElement);

async function live() {
  if (isFirstPage && document.visibilityState === "visible" && !isWriting()) await read();
  setTimeout(live, AGAIN);
}

wireFrame();
keepAlive(() => {});
filter.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("change", () => {
  list.replaceChildren();
  isFirstPage = true;
  read();
});
more.addEventListener("click", () => {
  isFirstPage = false;
  read({ on: true });
});
live();
