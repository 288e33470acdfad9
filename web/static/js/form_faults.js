// What is wrong with a form, shown at its fields: each text stands below its field, the focus goes to
// the first one, and a change of a field clears what is said of it.

import { el } from "./dom.js";
import { missingFields, sharedOut } from "./form_problems.js";
import { t } from "./i18n.js";

const MARKED = "[aria-invalid='true']";

/** The fields that a text can stand at, in the order of the page. */
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && field.type !== "radio" && field.matches("input, textarea"));

const idOf = (field) => `${field.id}-problem`;

/** Where the field's text stands: behind it and whatever shares its line. */
const placeOf = (field) => field.closest(".row, .secret, .find") ?? field;

function describedBy(field, change) {
  const ids = new Set((field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean));
  change(ids);
  if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
  else field.removeAttribute("aria-describedby");
}

function clear(field) {
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-errormessage");
  describedBy(field, (ids) => ids.delete(idOf(field)));
  document.getElementById(idOf(field))?.remove();
}

function mark(field, text) {
  clear(field);
  let place = placeOf(field);
  while (place.parentElement.closest(".row, .find")) place = place.parentElement.closest(".row, .find");
  place.after(el("p", { class: "problem", id: idOf(field) }, text));
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", idOf(field));
  describedBy(field, (ids) => ids.add(idOf(field)));
  field.addEventListener("input", () => clear(field), { once: true });
}

function markAll(form, texts) {
  const marked = fieldsOf(form).filter((field) => texts.has(field.name));
  for (const field of marked) mark(field, texts.get(field.name));
  marked[0]?.focus();
}

/** Nothing is wrong with the form. */
export function clearFaults(form) {
  for (const field of form.querySelectorAll(MARKED)) clear(field);
}

/** Whether every required field has something in it; marks those that have nothing. */
export function isFilledIn(form) {
  const required = fieldsOf(form).filter((field) => field.required);
  const values = Object.fromEntries(required.map((field) => [field.name, field.value]));
  const missing = missingFields(Object.keys(values), values);
  markAll(form, new Map(missing.map((name) => [name, t("form.required")])));
  return missing.length === 0;
}

/** Show a refusal: at its fields, what belongs to none at `problem`. `text` says it as a whole. */
export function showFaults(form, problem, { details }, text) {
  const names = fieldsOf(form).map((field) => field.name);
  const { fields, rest } = sharedOut(details, text, names);
  problem.textContent = rest.join(" ");
  markAll(form, fields);
}
