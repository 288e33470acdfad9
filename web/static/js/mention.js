// Completing @ and the beginning of a member's handle or name.

import { avatar, byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { typedHandle } from "./named.js";
import { me } from "./page_data.js";

const SHOWN = 6;

/** A list of members under the caret of the composer; arrows choose, Enter or Tab takes. */
export class MentionChooser {
  constructor(members) {
    this.members = members;
    this.field = byId("draft");
    this.list = byId("mention-list");
    this.found = [];
    this.chosen = 0;
    this.field.addEventListener("input", () => this.#look());
    this.field.addEventListener("blur", () => this.#hide());
    this.field.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
  }

  #look() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const typed = typedHandle(before);
    if (typed === undefined) {
      this.#hide();
      return;
    }
    const start = typed.toLowerCase();
    this.found = this.members()
      .filter(({ userId, name }) => userId && userId !== me.userId && this.#fits(userId, name, start))
      .slice(0, SHOWN);
    this.typed = typed;
    this.chosen = 0;
    this.#show();
  }

  #fits(userId, name, start) {
    return userId.startsWith(start) || (name ?? "").toLowerCase().startsWith(start);
  }

  #show() {
    if (!this.found.length) {
      this.#hide();
      return;
    }
    this.list.replaceChildren(...this.found.map((member, index) => this.#option(member, index)));
    this.list.hidden = false;
    this.field.setAttribute("aria-activedescendant", `mention-${this.chosen}`);
    byId("announcer").textContent = t("mention.found", { name: this.found[this.chosen].name ?? "" });
  }

  #option({ userId, name }, index) {
    const option = el(
      "li",
      { role: "option", id: `mention-${index}`, "aria-selected": String(index === this.chosen) },
      avatar(name ?? "", userId),
      el("span", {}, el("bdi", {}, name ?? ""), el("span", { class: "quiet" }, ` @${userId}`)),
    );
    option.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the field keeps the focus
      this.#take(index);
    });
    return option;
  }

  #hide() {
    this.found = [];
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  #onKey(event) {
    if (!this.found.length || event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.#show();
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.#take(this.chosen);
    } else if (event.key === "Escape") {
      this.#hide();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #take(index) {
    const { userId } = this.found[index];
    const caret = this.field.selectionStart;
    this.field.setRangeText(`${userId} `, caret - this.typed.length, caret, "end");
    this.#hide();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
