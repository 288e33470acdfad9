// Who is typing: told while the reader writes, shown while others do.

import { byId, el } from "./dom.js";
import { t, tCount } from "./i18n.js";

const EVERY = 3_000; // the server passes over what comes sooner, but for a message between
const HOLDS = 5_000;

/** Shows who types; `tell()` is called, seldom, while the reader writes. */
export class Typing {
  constructor(tell) {
    this.place = byId("typing");
    this.names = new Map();
    this.timers = new Map();
    this.last = 0;
    byId("draft").addEventListener("input", (event) => {
      if (!event.currentTarget.value.trim() || Date.now() - this.last < EVERY) return;
      if (tell()) this.last = Date.now();
    });
  }

  /** The reader sent what was written: what follows is told at once. */
  said() {
    this.last = 0;
  }

  /** Somebody else types. */
  types({ userId, userName }) {
    clearTimeout(this.timers.get(userId));
    this.timers.set(
      userId,
      setTimeout(() => this.stopped(userId), HOLDS),
    );
    this.names.set(userId, userName);
    this.#show();
  }

  /** What was written has come, or nothing more came. */
  stopped(userId) {
    clearTimeout(this.timers.get(userId));
    this.timers.delete(userId);
    if (this.names.delete(userId)) this.#show();
  }

  // The text stays while it fades.
  #show() {
    const names = [...this.names.values()];
    this.place.classList.toggle("fading", names.length === 0);
    if (!names.length) return;
    const text = names.length === 1 ? t("typing.one", { name: names[0] }) : tCount("typing.many", names.length);
    this.place.replaceChildren(el("span", { dir: "auto" }, text));
  }
}
