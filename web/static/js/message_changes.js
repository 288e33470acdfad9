// Editing a message in its place, and deleting it for everybody.

import { ApiError, patch, reasonOf, remove } from "./api.js";
import { byId, el } from "./dom.js";
import { MOST, lengthOf } from "./draft_rules.js";
import { t } from "./i18n.js";
import { refusalText } from "./refusals.js";
import { askFirst } from "./sure.js";
import { isVisible, tidied } from "./visible_text.js";

/** Calls the server; `onChanged(message)` shows what has become of a message. */
export class MessageChanges {
  constructor(roomPath, onChanged) {
    this.path = roomPath;
    this.onChanged = onChanged;
  }

  #of(message) {
    return `${this.path}/messages/${encodeURIComponent(message.messageId)}`;
  }

  // -- deleting ------------------------------------------------------------------------------

  askToDelete(message) {
    askFirst({
      title: t("message.delete"),
      text: t("message.delete.ask"),
      action: async () => {
        this.onChanged(await remove(this.#of(message)));
        byId("announcer").textContent = t("message.deleted");
      },
    });
  }

  // -- editing -------------------------------------------------------------------------------

  /** Put a field in the place of the bubble: Enter saves, Escape gives up. */
  edit(message, item) {
    if (item.querySelector(".edit")) return;
    const field = el("textarea", { rows: "1", "aria-label": t("message.edit.label") });
    const problem = el("p", { class: "problem", role: "alert" });
    const save = el("button", { type: "submit", class: "button small primary" }, t("message.save"));
    const cancel = el("button", { type: "button", class: "button small" }, t("dialog.cancel"));
    const form = el("form", { class: "edit" }, field, problem, el("div", { class: "row end" }, cancel, save));
    const done = () => {
      form.remove();
      item.classList.remove("editing");
      item.focus();
    };
    field.value = message.message;
    cancel.addEventListener("click", done);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(message, { field, problem, save, done });
    });
    item.classList.add("editing");
    item.querySelector(".body").after(form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }

  async #save(message, { field, problem, save, done }) {
    const text = tidied(field.value);
    const over = lengthOf(text) > MOST;
    if (!isVisible(text) || over) {
      problem.textContent = over ? t("message.tooLong") : t("message.empty");
      return;
    }
    save.disabled = true;
    try {
      const changed = await patch(this.#of(message), { message: text });
      done();
      this.onChanged(changed);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isRule = error.code === "MESSAGE_REFUSED";
      problem.textContent = isRule ? refusalText(error.details) : reasonOf(error);
    } finally {
      save.disabled = false;
    }
  }
}
