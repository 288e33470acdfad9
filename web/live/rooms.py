"""Rooms and their members: who came and went, the name, the owner, the end."""

from __future__ import annotations

from schemas.records import MemberJoined, MemberLeft, OwnerChanged, RoomDeleted, RoomRenamed
from web.live.events import Body, RoomChanged, in_room, next_number
from web.live.frames import Broadcast
from web.live.news import News, RoomNews
from web.shown_names import person_name, room_name


class Joined(Body, frozen=True, kw_only=True, tag="joined"):
    """Somebody became a member of the room; `seq` was its newest message (null: not known)."""

    room_id: str
    user_id: str
    user_name: str
    member_count: int
    at: str
    seq: int | None


class Left(Body, frozen=True, kw_only=True, tag="left"):
    """Somebody is no member any more; the last frame of that member's own subscription.

    `memberCount` and `at` are null where only the end of the membership is known. An erased member
    has no handle any more (null): who shows the members reads them again.
    """

    room_id: str
    user_id: str | None
    user_name: str | None
    member_count: int | None
    at: str | None


class Renamed(Body, frozen=True, kw_only=True, tag="renamed"):
    """The room has another name; the name of a group may be empty."""

    room_id: str
    name: str
    at: str


class NewOwner(Body, frozen=True, kw_only=True, tag="ownerChanged"):
    """Another member owns the room."""

    room_id: str
    user_id: str
    user_name: str
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


def joined(fact: MemberJoined) -> Broadcast:
    """A member came."""
    body = Joined(
        room_id=fact.room_id,
        user_id=fact.member.user_id,
        user_name=person_name(fact.member.name, fact.member.user_id),
        member_count=fact.member_count,
        at=fact.at,
        seq=fact.seq,
    )
    return in_room(fact.room_id, f"j{fact.fact_no}", body)


def left(fact: MemberLeft) -> Broadcast:
    """A member went."""
    body = Left(
        room_id=fact.room_id,
        user_id=fact.member.user_id or None,
        user_name=person_name(fact.member.name, fact.member.user_id) or None,
        member_count=fact.member_count,
        at=fact.at,
    )
    return in_room(fact.room_id, f"l{fact.fact_no}", body)


def renamed(fact: RoomRenamed) -> Broadcast:
    """The room got another name."""
    body = Renamed(room_id=fact.room_id, name=room_name(fact.name, fact.room_id), at=fact.at)
    return in_room(fact.room_id, f"n{fact.fact_no}", body)


def owner_changed(fact: OwnerChanged) -> Broadcast:
    """The room got another owner."""
    owner = fact.owner
    name = person_name(owner.name, owner.user_id)
    body = NewOwner(room_id=fact.room_id, user_id=owner.user_id, user_name=name, at=fact.at)
    return in_room(fact.room_id, f"o{fact.fact_no}", body)


def deleted(fact: RoomDeleted) -> Broadcast:
    """The room is gone, as its fact says."""
    return gone(fact.room_id, fact.at)


def gone(room_id: str, at: str | None = None) -> Broadcast:
    """The room is gone, as reading it has shown; `at` where that is known."""
    return in_room(room_id, f"d{next_number()}", Deleted(room_id=room_id, deleted_at=at))


def ended(room_id: str, user_id: str) -> Broadcast:
    """The last frame of a subscription whose account is no member any more."""
    body = Left(room_id=room_id, user_id=user_id, user_name=None, member_count=None, at=None)
    return in_room(room_id, f"e{next_number()}", body)


def _member_count(fact: MemberJoined | MemberLeft) -> RoomChanged:
    return RoomChanged(room_id=fact.room_id, member_count=fact.member_count)


def _name(fact: RoomRenamed) -> RoomChanged:
    return RoomChanged(room_id=fact.room_id, name=room_name(fact.name, fact.room_id))


NEWS = News(
    rooms=(
        RoomNews(MemberJoined, Joined, joined, _member_count),
        RoomNews(MemberLeft, Left, left, _member_count),
        RoomNews(RoomRenamed, Renamed, renamed, _name),
        RoomNews(OwnerChanged, NewOwner, owner_changed),
        RoomNews(RoomDeleted, Deleted, deleted),
    ),
    besides=(Invited, Removed, RoomChanged),
)
