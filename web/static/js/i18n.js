// The texts of the page, in the reader's language.

import { language, pageData } from "./page_data.js";

const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** The text with this key, its `{name}` parts filled from `values`. */
export function t(key, values = {}) {
  return pageData.texts[key].replace(/\{(\w+)\}/g, (part, name) =>
    name in values ? String(values[name]) : part,
  );
}

/** The text `key.one` or `key.other`, as the language counts, with `{count}` filled in. */
export function tCount(key, count, values = {}) {
  const form = plural.select(count) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { ...values, count: number(count) });
}

/** A number as the language writes it. */
export function number(value) {
  return numbers.format(value);
}
