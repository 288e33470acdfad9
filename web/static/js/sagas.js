// An erasure as a list item: its state, its steps, and in the end its receipt.

import { el } from "./dom.js";
import { number, t, tCount } from "./i18n.js";
import { pageData } from "./page_data.js";
import { kindKey } from "./saga_kinds.js";
import { fullTime } from "./time.js";

/** How often what is under way is asked for again, in ms. */
export const AGAIN = 2_000;

function stepState({ doneAt, startedAt, attempts }) {
  if (doneAt) return t("saga.step.done", { time: fullTime(doneAt) });
  if (startedAt) return tCount("saga.step.tried", attempts);
  return t("saga.step.waiting");
}

/** A kind that this page has no words for is told as the step names it. */
function kindText(kind) {
  const key = kindKey(kind);
  return Object.hasOwn(pageData.texts, key) ? t(key) : kind;
}

function stepItem(step) {
  const counts = Object.entries(step.erased).filter(([, count]) => count > 0);
  return el(
    "li",
    { class: "saga-step", "data-step": step.step, "data-done": String(Boolean(step.doneAt)) },
    el("span", { class: "step-name" }, t(`saga.step.${step.step}`)),
    el("span", { class: "step-state" }, stepState(step)),
    counts.length
      ? el("span", { class: "step-erased" }, counts.map(([kind, n]) => `${kindText(kind)}: ${number(n)}`).join(" · "))
      : null,
    step.problem ? el("span", { class: "step-problem" }, step.problem) : null,
  );
}

function receipt({ receipt: found }) {
  if (!found) return null;
  return el(
    "p",
    { class: "saga-receipt" },
    t("saga.receipt", { kept: found.kept.map((name) => t(`saga.kept.${name}`)).join(", "), time: fullTime(found.forgottenAt) }),
  );
}

/** The item of an erasure; `linked` makes its id a link to its own page. */
export function sagaItem(saga, { linked = false } = {}) {
  const name = linked
    ? el("a", { href: `/ops/sagas/${encodeURIComponent(saga.sagaId)}` }, saga.sagaId)
    : saga.sagaId;
  return el(
    "li",
    { class: "saga", "data-saga": saga.sagaId, "data-state": saga.state },
    el("span", { class: "saga-state" }, t(`saga.state.${saga.state}`)),
    el("code", { class: "saga-id" }, name),
    el("span", { class: "saga-when" }, fullTime(saga.startedAt)),
    el("ol", { class: "saga-steps" }, ...saga.steps.map(stepItem)),
    receipt(saga),
  );
}
