// The filters of an operators' page: their form, and the address that has the same.

import { fieldTime, timeOfField } from "./log_range.js";
import { addressOf, withoutUsual } from "./ops_query.js";

const isTime = (field) => field.type === "datetime-local";

/** The fields of a form that have a name; each stands in the address under it. */
export class OpsFilter {
  /**
   * Shows in `form` what the address asks for, also after Back and Forward, and asks by `read()` when
   * that has changed; the first question is the page's. `usual`: what fields hold that the address does not name.
   */
  constructor(form, { read, usual = {} }) {
    this.form = form;
    this.ask = read;
    this.usual = usual;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.show();
    });
    addEventListener("popstate", () => {
      this.#fill();
      read();
    });
    this.#fill();
  }

  /** What the form asks for, by name; times as RFC 3339. */
  get values() {
    const entries = this.#fields.map((field) => [
      field.name,
      isTime(field) ? timeOfField(field.value) : field.value,
    ]);
    return Object.fromEntries(entries);
  }

  /** Ask for what the form says, in an entry of the history of its own unless the address is the same. */
  show() {
    const address = addressOf(location.pathname, withoutUsual(this.values, this.usual));
    if (address !== location.pathname + location.search) history.pushState(null, "", address);
    this.ask();
  }

  /** Ask for all there is. */
  clear() {
    for (const field of this.#fields) field.value = this.#usually(field);
    this.show();
  }

  /** Ask for a range of milliseconds; null: no ends. */
  choose(range) {
    for (const name of ["from", "to"]) this.form.elements[name].value = range ? fieldTime(range[name]) : "";
    this.show();
  }

  get #fields() {
    return [...this.form.elements].filter((field) => field.name);
  }

  #usually({ name }) {
    return this.usual[name] ?? "";
  }

  #fill() {
    const query = new URLSearchParams(location.search);
    for (const field of this.#fields) {
      const value = query.get(field.name) ?? this.#usually(field);
      const at = Date.parse(value);
      field.value = isTime(field) ? fieldTime(Number.isNaN(at) ? null : at) : value;
      const isUnknown = field.matches("select") && field.selectedIndex < 0;
      if (isUnknown) field.value = this.#usually(field);
    }
  }
}
