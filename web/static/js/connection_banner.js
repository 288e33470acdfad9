// The line over a room that tells of a lost connection.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

const QUIET_LOSS = 1_500; // a connection that is back this soon was never worth a word
const BACK_SHOWN = 2_000;

/** Tell of a lost connection, and shortly of its return. */
export function wireBanner(connection) {
  const banner = byId("connection");
  let timer = null;
  connection.onState((state) => {
    clearTimeout(timer);
    if (state === "lost") {
      timer = setTimeout(() => {
        banner.textContent = t("room.connection.lost");
        banner.classList.remove("good");
        banner.hidden = false;
      }, banner.hidden ? QUIET_LOSS : 0);
    } else if (!banner.hidden) {
      banner.textContent = t("room.connection.back");
      banner.classList.add("good");
      timer = setTimeout(() => {
        banner.hidden = true;
      }, BACK_SHOWN);
    }
  });
}
