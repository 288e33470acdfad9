// The dialog that asks before something that cannot be undone.

import { ApiError, reasonOf } from "./api.js";
import { wireClosing } from "./dialogs.js";
import { byId } from "./dom.js";

let work = null;

/** Ask `text` under `title`; `action` runs when the reader says yes, a failure is shown. */
export function askFirst({ title, text, action }) {
  byId("sure-title").textContent = title;
  byId("sure-text").textContent = text;
  byId("sure-now").textContent = title;
  byId("sure-now").disabled = false;
  byId("sure-problem").textContent = "";
  work = action;
  byId("sure").showModal();
}

/** Wire the dialog, once a page. */
export function wireSure() {
  const dialog = byId("sure");
  wireClosing(dialog);
  byId("sure-now").addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    try {
      await work();
      dialog.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      byId("sure-problem").textContent = reasonOf(error);
    } finally {
      button.disabled = false;
    }
  });
}
