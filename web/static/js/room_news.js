// What news of a room make of its line in a list: the newest message, the reader's place, and how
// many messages behind it are unread.

/** Whether a `roomChanged` tells what has changed: else the list is read anew. */
export const saysWhat = ({ lastMessage, lastReadSeq, name, memberCount, deletedSeq }) =>
  [lastMessage, lastReadSeq, name, memberCount, deletedSeq].some((told) => (told ?? null) !== null);

/**
 * How many messages are unread: {count, isSure}. Of those behind a place the deleted ones are not:
 * where they lie only the server knows, so `isSure` is false where they may have been passed by
 * half, or one of them is news.
 */
function unreadNow(room, head, place, deletedSeq) {
  if (place >= head) return { count: 0, isSure: true };
  const behind = head - place;
  if ((deletedSeq ?? 0) > place) return { count: Math.min(behind, room.unread), isSure: false };
  const before = Math.max(0, room.lastSeq - room.lastReadSeq);
  const deleted = before - room.unread;
  if (place === room.lastReadSeq || place >= room.lastSeq) {
    return { count: place === room.lastReadSeq ? behind - deleted : behind, isSure: true };
  }
  return { count: Math.max(0, behind - deleted), isSure: deleted === 0 };
}

/**
 * A room after news of it: {room, isSure}; both the newest message and the reader's place only go
 * forward. `isSure` false: the number of unread messages must be asked for.
 */
export function afterNews(room, news, isMine) {
  const { lastMessage, lastSeq, lastReadSeq, name, memberCount, deletedSeq } = news;
  const isNewer = lastMessage && lastSeq >= room.lastSeq;
  const head = Math.max(room.lastSeq, lastSeq ?? 0);
  const own = lastMessage && isMine(lastMessage) ? lastSeq : 0;
  const place = Math.max(room.lastReadSeq, lastReadSeq ?? 0, own);
  const { count, isSure } = unreadNow(room, head, place, deletedSeq);
  const changed = {
    ...room,
    lastMessage: isNewer ? lastMessage : room.lastMessage,
    lastSeq: head,
    lastReadSeq: place,
    unread: count,
    name: name ?? room.name,
    memberCount: memberCount ?? room.memberCount,
  };
  return { room: changed, isSure };
}
