"""Rooms and their members: who came and went, the name, the owner, the end."""

from __future__ import annotations

from typing import Any

from chatstream.domain.room_events import EventType
from chatstream.ports.messages import ShownEvent
from schemas.records import MemberJoined, MemberLeft, OwnerChanged, RoomDeleted, RoomRenamed
from web.live.events import Body, RoomChanged, in_room, next_number
from web.live.frames import Broadcast
from web.live.news import News, RoomNews
from web.shown_names import person_name, room_name


class Joined(Body, frozen=True, kw_only=True, tag="joined"):
    """Somebody became a member of the room, once a membership.

    `after` and `rev` as of an event of the history (null: from before those were kept); so are
    those of the other lines.
    """

    room_id: str
    after: int | None
    rev: int | None
    user_id: str | None
    user_name: str | None
    member_count: int
    at: str


class Left(Body, frozen=True, kw_only=True, tag="left"):
    """Somebody is no member any more.

    The last frame of that member's own subscription is one without `after`, `rev`, `memberCount`
    and `at`, for only the end of the membership is known. An erased member has no handle any more
    (null): who shows the members reads them again.
    """

    room_id: str
    after: int | None
    rev: int | None
    user_id: str | None
    user_name: str | None
    member_count: int | None
    at: str | None


class Renamed(Body, frozen=True, kw_only=True, tag="renamed"):
    """The room has another name, by whom; the name of a group may be empty."""

    room_id: str
    after: int | None
    rev: int | None
    user_id: str | None
    user_name: str | None
    name: str
    at: str


class NewOwner(Body, frozen=True, kw_only=True, tag="ownerChanged"):
    """Another member owns the room."""

    room_id: str
    after: int | None
    rev: int | None
    user_id: str | None
    user_name: str | None
    at: str


class Deleted(Body, frozen=True, kw_only=True, tag="roomDeleted"):
    """The room is gone; the last frame of the subscription.

    `deletedAt` is null where only the end of the room is known.
    """

    room_id: str
    deleted_at: str | None


class Invited(Body, frozen=True, kw_only=True, tag="invited"):
    """Somebody else made this account a member of the room."""

    room_id: str
    at: str


class Removed(Body, frozen=True, kw_only=True, tag="removed"):
    """This account is no member of the room any more: it left, was removed, or the room is gone."""

    room_id: str


Happened = MemberJoined | MemberLeft | RoomRenamed | OwnerChanged
"""The facts that are lines of a room's history."""


def happened(event: Happened | ShownEvent) -> Broadcast:
    """A line of the history, from its fact or from Postgres: the same bytes either way."""
    if isinstance(event, ShownEvent):
        mark, person = event.rev, (event.user_id, event.user_name)
        body = _body(event.type, event, event.after, person, event.name)
    else:
        mark = event.fact_no if event.rev is None else event.rev
        body = _told(event)
    return in_room(event.room_id, f"v{mark}", body)


def _told(fact: Happened) -> Body:
    match fact:
        case MemberJoined(member=member):
            kind, name = EventType.JOINED, None
        case MemberLeft(member=member):
            kind, name = EventType.LEFT, None
        case RoomRenamed(name=name, member=member):
            kind = EventType.RENAMED
        case OwnerChanged(owner=member):
            kind, name = EventType.OWNER_CHANGED, None
    person = (member.user_id or None, member.name or None) if member else (None, None)
    return _body(kind, fact, fact.seq, person, name)


def _body(
    kind: EventType,
    event: Happened | ShownEvent,
    after: int | None,
    person: tuple[str | None, str | None],
    name: str | None,
) -> Body:
    place: dict[str, Any] = {
        "room_id": event.room_id,
        "after": after,
        "rev": event.rev,
        "user_id": person[0],
        "user_name": person_name(person[1], person[0]) or None,
        "at": event.at,
    }
    match kind:
        case EventType.JOINED:
            return Joined(**place, member_count=event.member_count)
        case EventType.LEFT:
            return Left(**place, member_count=event.member_count)
        case EventType.RENAMED:
            return Renamed(**place, name=room_name(name or "", event.room_id))
        case EventType.OWNER_CHANGED:
            return NewOwner(**place)


def deleted(fact: RoomDeleted) -> Broadcast:
    """The room is gone, as its fact says."""
    return gone(fact.room_id, fact.at)


def gone(room_id: str, at: str | None = None) -> Broadcast:
    """The room is gone, as reading it has shown; `at` where that is known."""
    return in_room(room_id, f"d{next_number()}", Deleted(room_id=room_id, deleted_at=at))


def ended(room_id: str, user_id: str) -> Broadcast:
    """The last frame of a subscription whose account is no member any more."""
    body = Left(
        room_id=room_id,
        after=None,
        rev=None,
        user_id=user_id,
        user_name=None,
        member_count=None,
        at=None,
    )
    return in_room(room_id, f"e{next_number()}", body)


def _member_count(fact: MemberJoined | MemberLeft) -> RoomChanged:
    return RoomChanged(room_id=fact.room_id, member_count=fact.member_count)


def _name(fact: RoomRenamed) -> RoomChanged:
    return RoomChanged(room_id=fact.room_id, name=room_name(fact.name, fact.room_id))


NEWS = News(
    rooms=(
        RoomNews(MemberJoined, Joined, happened, _member_count),
        RoomNews(MemberLeft, Left, happened, _member_count),
        RoomNews(RoomRenamed, Renamed, happened, _name),
        RoomNews(OwnerChanged, NewOwner, happened),
        RoomNews(RoomDeleted, Deleted, deleted),
    ),
    besides=(Invited, Removed, RoomChanged),
)
