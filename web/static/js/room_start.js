// Where a room opens, and where its unread messages begin.

/**
 * Where a room of `head` messages opens, of which those from `first` on are at hand: {lead, around}.
 * `lead`: to the "place" that the history entry has kept, else to the message the address has
 * "asked" for, else to the first "unread" one, else to the "end". `around`: the message whose page
 * must be read for that, null when it is at hand.
 */
export function startOf({ place, asked, lastRead, first, head }) {
  if (place && !place.end) return { lead: "place", around: place.seq < first ? place.seq : null };
  if (asked !== null && !place) return { lead: "asked", around: asked < first ? asked : null };
  if (lastRead >= head) return { lead: "end", around: null };
  return { lead: "unread", around: lastRead + 1 < first ? lastRead + 1 : null };
}

/**
 * The number of the message before which "unread from here" stands; null: nowhere. `messages` is the
 * shown piece by rising seq; unread were, when the reader came, those after `lastRead` up to `upto`.
 * A deleted one is not unread: the line stands before the first that is there to be read, or, while
 * the piece does not reach so far, before the first of them all.
 */
export function unreadFrom(messages, lastRead, upto) {
  const [first, last] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? 0];
  if (first > lastRead + 1) return null; // what lies between is not shown
  const unread = messages.filter(({ seq }) => seq > lastRead && seq <= upto);
  const there = unread.find(({ deletedAt }) => !deletedAt);
  return (there ?? (last < upto ? unread[0] : null))?.seq ?? null;
}
