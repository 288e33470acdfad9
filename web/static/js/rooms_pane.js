// The pane of chats: tabs, lists and the dialog for a new chat.

import { post, reasonOf } from "./api.js";
import { wireDialog, wireForm, wireTabs } from "./dialogs.js";
import { byId } from "./dom.js";
import { showName } from "./names.js";
import { MyRooms, OpenRooms } from "./rooms.js";

async function createRoom(form) {
  const body = { kind: form.get("kind") };
  const name = form.get("name").trim();
  if (name) body.name = name;
  const participants = form.get("participants").split(/[\s,]+/).filter(Boolean);
  if (participants.length) body.participants = participants.map((each) => each.replace(/^@/, ""));
  const room = await post("/chat", body);
  location.assign(`/rooms/${encodeURIComponent(room.roomId)}`);
}

/** Bring the pane to life and keep it live by the connection. */
export function wireRoomsPane(connection, currentId = null) {
  const mine = new MyRooms(currentId);
  const open = new OpenRooms(currentId);
  wireTabs(document.querySelector('.pane [role="tablist"]'), (tab) => {
    if (tab === "tab-open") open.load();
  });
  wireDialog(byId("create"), byId("open-create"));
  wireForm(byId("create-form"), byId("create-problem"), createRoom, reasonOf);
  // Read again once the subscription holds: what changed between the first reading and that moment
  // came as no event.
  const onEvent = (event) => {
    if (event.type === "nameChanged") showName(event);
    mine.onEvent(event);
  };
  connection.listenToOwn(onEvent, { onReady: () => mine.reload() });
  mine.reload();
  return mine;
}
