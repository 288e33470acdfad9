// Where a reader is led to: the message in the middle of the view, marked for a moment.

import { byId } from "./dom.js";
import { t } from "./i18n.js";

const MARKED = 2_400;

/** Lead the reader to a shown message; false when it is not shown. */
export function landOn(timeline, seq) {
  const entry = timeline.shown.get(seq);
  if (!entry) return false;
  const { item, message } = entry;
  timeline.centre(item);
  item.focus({ preventScroll: true });
  item.classList.add("flash");
  setTimeout(() => item.classList.remove("flash"), MARKED);
  const name = message.userName ?? t("room.someone");
  const text = message.deletedAt ? t("message.isDeleted") : message.message;
  byId("announcer").textContent = t("room.landed", { name, message: text });
  return true;
}
