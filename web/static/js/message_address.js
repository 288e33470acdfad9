// The address of a message: its room's page, with the message's number.

/** Where the message `seq` of a room is shown, below the origin. */
export const messagePath = (roomId, seq) => `/rooms/${encodeURIComponent(roomId)}?seq=${seq}`;

/** The number in a query: null when it names none, NaN when no message can have it. */
export function seqIn(query) {
  const given = new URLSearchParams(query).get("seq");
  if (given === null) return null;
  return /^[1-9]\d{0,14}$/.test(given) ? Number(given) : NaN;
}

/** The query without the number, with its question mark where anything is left. */
export function withoutSeq(query) {
  const left = new URLSearchParams(query);
  left.delete("seq");
  return `${left}` && `?${left}`;
}
