// The pane of chats: tabs, lists and the dialog for a new chat.

import { post, reasonOf } from "./api.js";
import { wireDialog, wireForm, wireTabs } from "./dialogs.js";
import { byId } from "./dom.js";
import { showName } from "./names.js";
import { MyRooms } from "./my_rooms.js";
import { OpenRooms } from "./rooms.js";

async function createRoom(form) {
  const body = { kind: form.get("kind") };
  const name = form.get("name").trim();
  if (name) body.name = name;
  const participants = form.get("participants").split(/[\s,]+/).filter(Boolean);
  if (participants.length) body.participants = participants.map((each) => each.replace(/^@/, ""));
  const room = await post("/chat", body);
  location.assign(`/rooms/${encodeURIComponent(room.roomId)}`);
}

/** A room that was entered, as a list has it. */
function asListed({ chatRecord, ...room }) {
  const lastMessage = chatRecord.messages.at(-1) ?? null;
  return { ...room, lastMessage, lastSeq: lastMessage?.seq ?? 0, unread: 0 };
}

/** Bring the pane to life, live by the connection; `room` is what was entered, if anything was. */
export function wireRoomsPane(connection, currentId = null, room = null) {
  const mine = new MyRooms(currentId, room && asListed(room));
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
  mine.begin();
  return mine;
}
