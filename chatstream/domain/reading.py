"""How far each member has read a room, and the numbers that follow from it.

A position is the `seq` up to which a member has read. It never moves back and never passes the
room's newest message. Whoever says something has read the room up to there, so one's own messages
are never unread. In a room with more than `COUNTED_MEMBERS` members nobody counts the readers of a
message: the numbers are None there.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.errors import invalid

COUNTED_MEMBERS = 100
SEQ_MOST = 2**53


def check_seq(seq: int) -> int:
    """A seq that a reader names; INVALID_INPUT when no room can ever have it."""
    if not 0 <= seq <= SEQ_MOST:
        raise invalid("seq", "must be a number from 0 to {most}", most=SEQ_MOST)
    return seq


def unread_in_room(head: int, last_read_seq: int, deleted: int = 0) -> int:
    """How many messages a member has not read: those behind its position but the deleted ones.

    `deleted` counts the deleted messages behind the position; never less than none.
    """
    return max(0, head - last_read_seq - deleted)


def unread_of(seq: int, author_id: str, positions: Mapping[str, int] | None) -> int | None:
    """How many members have not read the message `seq`; its author never counts.

    `positions` are those of all members by account id, None where they are not counted.
    """
    if positions is None:
        return None
    return sum(at < seq for account_id, at in positions.items() if account_id != author_id)
