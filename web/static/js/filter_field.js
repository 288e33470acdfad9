// A field that filters a list while one types into it.

const PAUSE = 250; // ms

/**
 * Calls `ask(query)` when what is typed has changed and typing pauses, or at once on Enter. Escape
 * clears. A syllable that is being composed is asked for as well, where it is the last letter: the
 * server finds what it may become. Anywhere else it is waited for.
 */
export class FilterField {
  constructor(form, field, ask) {
    this.field = field;
    this.ask = ask;
    this.asked = "";
    field.addEventListener("input", ({ isComposing }) => {
      if (!isComposing || field.selectionEnd === field.value.length) this.#soon();
    });
    field.addEventListener("compositionend", () => this.#soon());
    field.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#now();
    });
  }

  get query() {
    return this.field.value.trim();
  }

  /** Show a query that is being asked elsewhere. */
  show(query) {
    this.field.value = query;
    this.asked = query;
  }

  #key(event) {
    if (event.key !== "Escape" || event.isComposing || !this.field.value) return;
    event.preventDefault();
    this.field.value = "";
    this.#now();
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#now(), PAUSE);
  }

  #now() {
    clearTimeout(this.timer);
    if (this.query === this.asked) return;
    this.asked = this.query;
    this.ask(this.query);
  }
}
