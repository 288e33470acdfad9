"""Lines of a room's history that no message is: who came and went, a new name, a new owner.

Each takes a `rev` of its room, as a message and its changes do, and stands behind the message that
was the newest then. Who makes a room, and whom it is made with, do not come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chatstream.domain.rooms import (
    Change,
    HandOver,
    Join,
    Leave,
    Person,
    Rename,
    RoomState,
)

SHOWN_EVENTS = 100
"""At most so many behind one message are shown on a page: the newest."""


class EventType(StrEnum):
    """What happened."""

    JOINED = "joined"
    LEFT = "left"
    RENAMED = "renamed"
    OWNER_CHANGED = "ownerChanged"


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """What happened to a room behind message `after` (0: before the first), as its change `rev`.

    `person` came, went, gave the room its new `name` or owns it. `member_count` is that after it.
    """

    room_id: str
    type: EventType
    after: int
    rev: int
    person: Person
    member_count: int
    name: str | None = None


def event_of(room: RoomState, change: Change, actor: Person) -> RoomEvent | None:
    """The line that a change by `actor` gives, where `room` is as after it; None when none."""
    match change:
        case Join(person):
            kind, name = EventType.JOINED, None
        case Leave(person):
            kind, name = EventType.LEFT, None
        case Rename(name):
            kind, person = EventType.RENAMED, actor
        case HandOver(person):
            kind, name = EventType.OWNER_CHANGED, None
        case _:
            return None
    return RoomEvent(room.room_id, kind, room.head, room.rev + 1, person, room.member_count, name)


def events_span(
    before: int | None, after: int | None, first: int, last: int
) -> tuple[int, int] | None:
    """Behind which messages the events lie that belong to a page of a history; None: behind none.

    The page was asked for before or after a seq (neither: the latest, or around one) and shows the
    messages `first` to `last` (0, 0: none). Going through the pages in any direction gives each
    event once: those behind a message come with it, and those before the first message come with
    that, or on the page on which it would be.
    """
    if last:
        return (0 if first == 1 else first), last
    has_first = not after if after is not None else before is None or before > 1
    return (0, 0) if has_first else None


def next_rev(fact_no: int, former_rev: int) -> int:
    """The `rev` of a fact of the room's messages, where the room's change before it has this one.

    It is the fact's number, but where events have raised the room's `rev` to it or above.
    """
    return max(fact_no, former_rev + 1)
