"""The JSON bodies of MESSAGE frames, one struct per `type`, and the events made of them."""

from __future__ import annotations

import itertools

import msgspec

from chatstream.domain.stomp import room_destination, user_destination
from schemas.records import Mention, Quote
from web.live.frames import Broadcast

_numbers = itertools.count(1)


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """Base of all bodies."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message as web.shapes.MessageView shows it; an erased author has no handle and no name.

    A deleted one has no `unread`.
    """

    message_id: str
    room_id: str
    seq: int
    rev: int
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str
    unread: int | msgspec.UnsetType | None = None
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] | None = None
    edited_at: str | None = None
    deleted_at: str | None = None


class RoomChanged(Body, frozen=True, kw_only=True, tag="roomChanged"):
    """Something that a room list shows has changed: what is null has not.

    `lastReadSeq`: this account has read up to there. `deletedSeq`: a message was deleted, that one
    and perhaps older ones: who has not read up to there asks for its unread number. All null: the
    account has come into the room itself, and reads its list anew.
    """

    room_id: str
    last_seq: int | None = None
    last_message: Shown | None = None
    last_read_seq: int | None = None
    name: str | None = None
    member_count: int | None = None
    deleted_seq: int | None = None

    def over(self, older: RoomChanged | None) -> RoomChanged:
        """One event for both, where this one is newer."""
        if older is None:
            return self
        fields = msgspec.structs.asdict(self)
        news = {name: value for name, value in fields.items() if value is not None}
        if self.deleted_seq is not None and older.deleted_seq is not None:
            news["deleted_seq"] = max(self.deleted_seq, older.deleted_seq)
        return msgspec.structs.replace(older, **news)


def in_room(room_id: str, mark: str | int, body: Body) -> Broadcast:
    """For the subscribers of a room; `mark` tells it from the room's other events."""
    return Broadcast(room_destination(room_id), f"{room_id}-{mark}", body)


def for_user(user_id: str, body: Body) -> Broadcast:
    """For `/sub/user/{userId}`."""
    return Broadcast(user_destination(user_id), f"u{next_number()}", body)


def next_number() -> int:
    """A number of this process that no other event has, for what has no number of its own."""
    return next(_numbers)
