// Entering a room: ask first where it must be asked, try again where that may help, say why not.

import { ApiError, get, reasonOf } from "./api.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";

const AGAIN = 2_000;

/** What lies over the room when there is nothing to show, with one thing to do. */
function cover(title, lead, action) {
  const box = byId("cover");
  box.replaceChildren(el("h2", {}, title), el("p", {}, lead), action);
  box.hidden = false;
  action.focus();
}

/** There is no room to show, or not any more: say why, with a way back. */
export function coverGone(lead) {
  const back = el("a", { class: "button primary", href: "/rooms" }, t("room.gone.back"));
  cover(t("room.gone.title"), lead, back);
}

function coverJoin() {
  return new Promise((resolve) => {
    const button = el("button", { type: "button", class: "button primary" }, t("room.join.submit"));
    button.addEventListener("click", () => {
      byId("cover").hidden = true;
      resolve();
    });
    cover(t("room.join.title"), t("room.join.lead"), button);
  });
}

/** Whether asking again in a moment may help: no answer, too many questions, a store that is away. */
const mayPass = ({ status }) => status === 0 || status === 429 || status >= 500;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const joinHeader = { headers: { "X-ChatStream-Join": "1" } };

async function enter({ path, askToJoin }) {
  if (!askToJoin) return get(path, joinHeader);
  try {
    return await get(path);
  } catch (error) {
    if (error.code !== "JOIN_REQUIRED") throw error;
    await coverJoin();
    return get(path, joinHeader);
  }
}

/** What `ask()` gives as soon as it can be had; meanwhile the reader is told why it cannot.
 * Other refusals throw. */
export async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || !mayPass(error)) throw error;
      byId("opening").textContent = reasonOf(error);
      await pause(AGAIN);
    }
  }
}

/** Enter `{path, askToJoin}`, patiently. */
export const enterPatiently = (room) => patiently(() => enter(room));
