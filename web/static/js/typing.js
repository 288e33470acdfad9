// Who is typing: told while the reader writes, shown while others do.

import { byId, el } from "./dom.js";
import { t, tCount } from "./i18n.js";

const EVERY = 3_000; // the server passes over what comes sooner
const HOLDS = 5_000;

/** Shows who types; `tell()` is called, seldom, while the reader writes. */
export class Typing {
  constructor(tell) {
    this.place = byId("typing");
    this.names = new Map();
    this.timers = new Map();
    let last = 0;
    byId("draft").addEventListener("input", (event) => {
      if (!event.currentTarget.value.trim() || Date.now() - last < EVERY) return;
      if (tell()) last = Date.now();
    });
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
