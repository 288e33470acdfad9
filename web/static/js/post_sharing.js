// Sharing a post: its address, sent into one of the reader's rooms.

import { get, post, reasonOf } from "./api.js";
import { wireDialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { uuid } from "./ids.js";
import { roomName } from "./rooms.js";

const MOST = 50;

function choice(room, addressOf) {
  const name = roomName(room);
  const button = el("button", { type: "button", class: "button wide", dir: "auto" }, name);
  const messageId = uuid(); // one for this offer: a repeat after a lost answer says it once
  button.addEventListener("click", async () => {
    button.disabled = true;
    byId("share-problem").textContent = "";
    try {
      await post(`/chat/${encodeURIComponent(room.roomId)}`, { messageId, message: addressOf() });
      byId("sharing").close();
      byId("announcer").textContent = t("share.done", { room: name });
    } catch (error) {
      button.disabled = false;
      byId("share-problem").textContent = reasonOf(error);
    }
  });
  return el("li", {}, button);
}

async function offer(addressOf) {
  const note = byId("share-note");
  byId("share-problem").textContent = "";
  note.textContent = t("search.busy");
  try {
    const { rooms } = await get(`/chat?${new URLSearchParams({ limit: String(MOST) })}`);
    byId("share-rooms").replaceChildren(...rooms.map((room) => choice(room, addressOf)));
    note.textContent = rooms.length ? "" : t("share.none");
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

/** Wire the dialog #sharing to its button #share; `addressOf()` is what is sent. */
export function wireSharing(addressOf) {
  wireDialog(byId("sharing"), byId("share"), () => offer(addressOf));
}
