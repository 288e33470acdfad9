// What every page behind the login has: the settings dialog and the log-out.

import { call, reasonOf } from "./api.js";
import { wireDialog } from "./dialogs.js";
import { byId, paintAvatar } from "./dom.js";
import { wireErase } from "./erase.js";
import { forgetDrafts } from "./outbox.js";
import { me } from "./page_data.js";
import { ended, watchLogout } from "./session.js";
import { wireChoices } from "./theme.js";

async function logOut(button) {
  button.disabled = true;
  try {
    await call("POST", "/user/logout");
  } catch (error) {
    button.disabled = false;
    button.textContent = reasonOf(error);
    return;
  }
  forgetDrafts();
  ended();
  location.assign("/login");
}

/** Bring the frame to life. */
export function wireFrame() {
  const dialog = byId("me");
  wireDialog(dialog, byId("open-me"));
  wireChoices(dialog);
  wireErase();
  paintAvatar(byId("me-avatar"), me.name, me.userId);
  const button = byId("logout");
  button.addEventListener("click", () => logOut(button));
  watchLogout(() => {
    forgetDrafts();
    location.reload();
  });
}
