// What is asked of the server by the search in a room. Touches no document.

const PAGE = "50";

/** The beginning of a day (2026-11-29) in the reader's zone, `days` later; null: it is no day. */
export function dayStart(text, days = 0) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)?.slice(1).map(Number);
  if (!parts) return null;
  const [year, month, day] = parts;
  const start = new Date(2000, month - 1, day + days);
  start.setFullYear(year, month - 1, day + days);
  return start.toISOString();
}

/**
 * The query of a search in the room `roomId` for the words `q`, by `sender` (a user ID; empty: anyone),
 * from one day to another, both included (empty: open); null when there are no words.
 */
export function searchIn(roomId, { q, sender = "", from = "", to = "" }) {
  const words = q.trim();
  if (!words) return null;
  const span = { from: dayStart(from), to: dayStart(to, 1) };
  const asked = { q: words, roomId, sort: "newest", limit: PAGE, sender, ...span };
  return `${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
}

/** Whether the days are in order, as far as both are given. */
export const isSpan = (from, to) => !from || !to || from <= to;

/** The query for the page behind a cursor. */
export const pageOf = (query, cursor) =>
  cursor === null ? query : `${query}&${new URLSearchParams({ cursor })}`;
