// What every page behind the login has: the settings dialog and the log-out.

import { call, post, reasonOf } from "./api.js";
import { wireDialog } from "./dialogs.js";
import { byId, paintAvatar } from "./dom.js";
import { wireErase } from "./erase.js";
import { AFTER, Leftovers } from "./leftovers.js";
import { me, pageData } from "./page_data.js";
import { LoggedOut, ended, leave, watchLogout } from "./session.js";
import { wireChoices } from "./theme.js";
import { device, forgetTyped, forgetWithOthers } from "./typed.js";

async function logOut(button) {
  button.disabled = true;
  try {
    await leave(() => call("POST", "/user/logout"));
  } catch (error) {
    if (!(error instanceof LoggedOut)) {
      button.disabled = false;
      button.textContent = reasonOf(error);
      return;
    }
  }
  forgetTyped(me.userId);
  ended();
  location.assign("/login");
}

// What was typed in rooms that no page shows.
function sendLeftovers() {
  const leftovers = new Leftovers({ device, owner: me.userId, except: pageData.roomId, post });
  leftovers.send();
  setInterval(() => leftovers.send(), AFTER);
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
  // A login that only ended leaves what was typed: it is sent after the next one.
  forgetWithOthers(me.userId);
  watchLogout(() => location.reload());
  sendLeftovers();
}
