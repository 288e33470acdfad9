// The filters of the log and of its dashboards: their form, and the address that has the same.

import { byId } from "./dom.js";
import { fieldTime, timeOfField } from "./log_range.js";

export const TIMES = ["from", "to"];

const form = byId("log-filter");

/** The fields that are filters. */
export const fields = () => [...form.elements].filter((field) => field.name);

/** What the form asks for, by name; times as RFC 3339. */
export function valuesOfForm() {
  const entries = fields().map((field) => [
    field.name,
    TIMES.includes(field.name) ? timeOfField(field.value) : field.value,
  ]);
  return Object.fromEntries(entries);
}

/** Show what the address asks for. */
export function fillForm() {
  const query = new URLSearchParams(location.search);
  for (const field of fields()) {
    const value = query.get(field.name) ?? "";
    const at = Date.parse(value);
    field.value = TIMES.includes(field.name) ? fieldTime(Number.isNaN(at) ? null : at) : value;
  }
}

/** Show a range of milliseconds; null: no ends. */
export function fillRange(range) {
  for (const name of TIMES) form.elements[name].value = range ? fieldTime(range[name]) : "";
}
