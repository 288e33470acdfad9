"""Changes of a room that have their place in its history: facts of messages, and lines.

Each has a `rev`; a room's revs rise, over both topics that bring them. A line is told when its rev
is due, also where the message it stands behind is still to come: it says which one that is.
"""

from __future__ import annotations

from typing import TypeGuard

from chatstream.ports.messages import RoomChange, ShownEvent
from schemas.records import MessageStored
from web.live import messages, rooms
from web.live.frames import Broadcast
from web.live.messages import OfMessages
from web.live.rooms import Happened


def has_place(record: object) -> TypeGuard[OfMessages | Happened]:
    """Whether the record is such a change; lines of facts from before they were kept are none."""
    return isinstance(record, OfMessages) or (
        isinstance(record, Happened) and record.rev is not None
    )


def place_of(record: OfMessages | Happened) -> tuple[int, int]:
    """The message it is a fact of (0: none), and its rev."""
    return 0 if isinstance(record, Happened) else record.seq, record.rev or 0


def former_of(record: OfMessages | Happened) -> int:
    """The latest rev that the room's change before it can have; a repeat does not tell it."""
    if isinstance(record, Happened):
        return (record.rev or 0) - 1
    if isinstance(record, MessageStored) and record.seq == 1 and not record.repeated:
        return record.former_rev  # 0: the room's first change
    return record.former_rev or record.rev - 1


def stored_change(change: RoomChange) -> tuple[int, Broadcast]:
    """The message that a change from Postgres is one of (0: none), and what is told of it."""
    if isinstance(change, ShownEvent):
        return 0, rooms.happened(change)
    return change.seq, messages.changed(change)
