// How a post of one's own stands, on the page: inspected, published, refused and why, looked at.

import { post, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { wireForm } from "./dialogs.js";
import { t } from "./i18n.js";
import { editPath, postPath } from "./post_address.js";
import { isOfPost, reasonKeys } from "./post_state.js";

const AGAIN = 15_000; // a message on the connection may have been missed
const HEADS = {
  inspecting: "standing.inspecting",
  review: "standing.review",
  published: "standing.published",
  refused: "standing.refused",
};
const LEADS = {
  inspecting: "standing.inspecting.text",
  review: "standing.review.text",
  published: "standing.published.text",
  refused: "standing.refused.text",
};

/**
 * The section #standing for a PostState. `ask()` reads how the post stands now, `changed()` is called
 * after news, `isShown(state)` says whether there is anything to show.
 */
export class Standing {
  constructor(state, { ask, changed = () => {}, isShown = () => true }) {
    Object.assign(this, { state, askNow: ask, changed, isShown });
    wireForm(
      byId("appeal"),
      byId("appeal-problem"),
      async (data) => {
        const text = data.get("text").trim();
        await post(`${postPath(state.contentId)}/appeal`, text ? { text } : {});
        state.asked();
        this.show();
        byId("standing-head").focus();
      },
      reasonOf,
    );
  }

  /** Follow it on the page's connection. */
  follow(connection) {
    const onReady = () => this.ask();
    connection.listenToOwn((event) => isOfPost(event) && this.state.take(event) && this.#news(), { onReady });
    setInterval(() => this.state.isOpen && document.visibilityState === "visible" && this.ask(), AGAIN);
  }

  /** Ask how it stands, and show what is new. */
  async ask() {
    if (this.state.state === null) return;
    const mine = await this.askNow();
    if (this.state.read(mine)) this.#news();
  }

  #news() {
    this.show();
    this.changed();
  }

  /** Show how it stands. */
  show() {
    const { state } = this;
    byId("standing").hidden = state.state === null || !this.isShown(state);
    if (state.state === null) return;
    byId("standing").dataset.state = state.state;
    byId("standing-head").textContent = t(HEADS[state.state]);
    byId("standing-text").textContent = t(LEADS[state.state]);
    const reasons = reasonKeys(state.reasons).map((key) => el("li", {}, t(key)));
    byId("standing-reasons").replaceChildren(...(state.state === "published" ? [] : reasons));
    byId("standing-note").textContent = state.note ? t("standing.note", { note: state.note }) : "";
    byId("appeal").hidden = !state.mayAppeal;
    byId("standing-link").hidden = state.state !== "published";
    byId("standing-link").href = postPath(state.contentId);
    byId("standing-edit").hidden = state.state !== "refused";
    byId("standing-edit").href = editPath(state.contentId);
  }
}
