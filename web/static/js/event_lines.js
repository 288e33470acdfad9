// How the lines of a room's history look that no message is.

import { el } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { nameOf } from "./names.js";
import { fullTime } from "./time.js";

const KEYS = { joined: "room.joined", left: "room.left", ownerChanged: "room.ownerChanged" };

/** A line of RoomEvents: its `key` tells it from every other that stands at its place. */
export function eventItem(line) {
  const { key, event } = line;
  const title = event?.at ? fullTime(event.at) : null;
  return el("li", { class: "event", "data-line": key }, el("span", { dir: "auto", title }, ...partsOf(line)));
}

function partsOf({ type, event, others, count }) {
  if (type === "earlier") return [tCount("room.earlier", count)];
  if (type === "renamed") {
    return event.name ? around(t("room.renamed"), el("bdi", {}, event.name)) : [t("room.nameless")];
  }
  const name = nameOf(event.userId, event.userName ?? t("room.someone"));
  if (others) return around(type === "joined" ? tCount("room.joined.more", others) : tCount("room.left.more", others), name);
  return around(t(KEYS[type]), name);
}

/** The text, with a node where the name is. */
function around(text, name) {
  const [before, after] = text.split("{name}");
  return [before, name, after];
}
