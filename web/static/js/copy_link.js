// Copying the address of a message.

import { t } from "./i18n.js";
import { messagePath } from "./message_address.js";
import { sayNote } from "./room_note.js";

// Plain http on another host than ours has no clipboard to write to, only the old command.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return isDone;
}

async function copy(text) {
  if (!navigator.clipboard) return copyBySelection(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // the browser does not allow it, and may allow the old command
  }
}

/** Put the address of a message into the clipboard, and say so; say the address where that fails. */
export async function copyLink({ roomId, seq }) {
  const link = location.origin + messagePath(roomId, seq);
  const isDone = await copy(link);
  sayNote(isDone ? t("message.linkCopied") : link);
}
