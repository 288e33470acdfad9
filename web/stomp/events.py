"""The JSON bodies of MESSAGE frames, one struct per `type`, and the events made of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from chatstream.domain.stomp import room_destination, user_destination
from chatstream.ports.messages import StoredMessage
from chatstream.ports.reading import Position
from schemas import records
from schemas.records import (
    MemberJoined,
    MemberLeft,
    MemberTyping,
    Mention,
    MessageDeleted,
    MessageEdited,
    MessageStored,
    OwnerChanged,
    PositionsMoved,
    Quote,
    RoomDeleted,
    RoomRenamed,
)
from web.stomp.frames import Broadcast

_numbers = itertools.count(1)


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """Base of all bodies."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message as web.shapes.MessageView shows it; an erased author has no handle and no name."""

    message_id: str
    room_id: str
    seq: int
    rev: int
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str
    unread: int | None = None
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] | None = None
    edited_at: str | None = None
    deleted_at: str | None = None


S = TypeVar("S", bound=Shown)


class Message(Shown, Body, frozen=True, kw_only=True, tag="message"):
    """A message of the room."""


class EditedMessage(Shown, Body, frozen=True, kw_only=True, tag="edited"):
    """A message of the room says something else now: all of it, as it is at `rev`."""


class DeletedMessage(Shown, Body, frozen=True, kw_only=True, tag="deleted"):
    """A message of the room was deleted for everybody: it has no text any more."""


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


class ReadUpTo(msgspec.Struct, frozen=True, rename="camel"):
    """A member has read up to `seq`; an erased one has no handle."""

    user_id: str | None
    seq: int


class Read(Body, frozen=True, kw_only=True, tag="read"):
    """Members have read further: `moved` of them, by name only in rooms of at most 100 members.

    The first one after a SUBSCRIBE names every member, and `moved` is 0.
    """

    room_id: str
    positions: tuple[ReadUpTo, ...]
    moved: int


class Typing(Body, frozen=True, kw_only=True, tag="typing"):
    """Somebody else writes something; it holds for a few seconds."""

    room_id: str
    user_id: str
    user_name: str


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


class Refused(Body, frozen=True, kw_only=True, tag="refused", omit_defaults=True):
    """A message was not stored, or it is not known that it was (STORE_UNAVAILABLE: repeat it).

    `reason`, `until` and `cause` of MESSAGE_REFUSED as in the record MessageRefused.
    """

    message_id: str | None
    code: str
    reason: str
    until: str | None = None
    cause: str | None = None


class Invited(Body, frozen=True, kw_only=True, tag="invited"):
    """Somebody else made this account a member of the room."""

    room_id: str
    at: str


class Removed(Body, frozen=True, kw_only=True, tag="removed"):
    """This account is no member of the room any more: it left, was removed, or the room is gone."""

    room_id: str


class RoomChanged(Body, frozen=True, kw_only=True, tag="roomChanged"):
    """Something that a room list shows has changed: what is null has not.

    `lastReadSeq`: this account has read up to there. All null: it has come into the room itself,
    and reads its list anew.
    """

    room_id: str
    last_seq: int | None = None
    last_message: Shown | None = None
    last_read_seq: int | None = None
    name: str | None = None
    member_count: int | None = None

    def over(self, older: RoomChanged | None) -> RoomChanged:
        """One event for both, where this one is newer."""
        if older is None:
            return self
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        news = {name: value for name, value in fields.items() if value is not None}
        return msgspec.structs.replace(older, **news)


class NameChanged(Body, frozen=True, kw_only=True, tag="nameChanged"):
    """Somebody in a room of this account, or the account itself, is shown under a new name."""

    user_id: str
    user_name: str


class FriendsChanged(Body, frozen=True, kw_only=True, tag="friendsChanged"):
    """This account's friends or blocks have changed: read the lists again."""


def message(stored: MessageStored | StoredMessage) -> Broadcast:
    """A stored message, from its record or from Postgres: the same bytes either way."""
    body = _shown(Message, stored)
    return Broadcast(room_destination(stored.room_id), f"{stored.room_id}-{stored.seq}", body)


def changed(now: MessageEdited | MessageDeleted | StoredMessage) -> Broadcast:
    """A message that was edited or deleted, from its record or from Postgres, as it is now."""
    is_deleted = getattr(now, "deleted_at", None) is not None
    body = _shown(DeletedMessage, now) if is_deleted else _shown(EditedMessage, now)
    return Broadcast(room_destination(now.room_id), f"{now.room_id}-{now.seq}-{now.rev}", body)


def joined(fact: MemberJoined) -> Broadcast:
    """A member came."""
    body = Joined(
        room_id=fact.room_id,
        user_id=fact.member.user_id,
        user_name=fact.member.name,
        member_count=fact.member_count,
        at=fact.at,
        seq=fact.seq,
    )
    return Broadcast(room_destination(fact.room_id), f"{fact.room_id}-j{fact.fact_no}", body)


def left(fact: MemberLeft) -> Broadcast:
    """A member went."""
    body = Left(
        room_id=fact.room_id,
        user_id=fact.member.user_id or None,
        user_name=fact.member.name or None,
        member_count=fact.member_count,
        at=fact.at,
    )
    return Broadcast(room_destination(fact.room_id), f"{fact.room_id}-l{fact.fact_no}", body)


def read(record: PositionsMoved) -> Broadcast:
    """Positions that moved."""
    positions = tuple(ReadUpTo(each.user_id, each.seq) for each in record.positions)
    return _read(record.room_id, positions, record.moved)


def all_read(room_id: str, positions: Iterable[Position]) -> Broadcast:
    """Where every member stands."""
    return _read(room_id, tuple(ReadUpTo(each.user_id, each.seq) for each in positions), 0)


def _read(room_id: str, positions: tuple[ReadUpTo, ...], moved: int) -> Broadcast:
    body = Read(room_id=room_id, positions=positions, moved=moved)
    return Broadcast(room_destination(room_id), f"{room_id}-p{next(_numbers)}", body)


def typing(record: MemberTyping) -> Broadcast:
    """A member writes something."""
    body = Typing(room_id=record.room_id, user_id=record.user_id, user_name=record.user_name)
    return Broadcast(room_destination(record.room_id), f"{record.room_id}-t{next(_numbers)}", body)


def renamed(fact: RoomRenamed) -> Broadcast:
    """The room got another name."""
    body = Renamed(room_id=fact.room_id, name=fact.name, at=fact.at)
    return Broadcast(room_destination(fact.room_id), f"{fact.room_id}-n{fact.fact_no}", body)


def owner_changed(fact: OwnerChanged) -> Broadcast:
    """The room got another owner."""
    owner = fact.owner
    body = NewOwner(room_id=fact.room_id, user_id=owner.user_id, user_name=owner.name, at=fact.at)
    return Broadcast(room_destination(fact.room_id), f"{fact.room_id}-o{fact.fact_no}", body)


def room_deleted(room_id: str, fact: RoomDeleted | None) -> Broadcast:
    """The room is gone, as its fact says or (None) as reading it has shown."""
    body = Deleted(room_id=room_id, deleted_at=fact.at if fact else None)
    return Broadcast(room_destination(room_id), f"{room_id}-d{next(_numbers)}", body)


def of_record(
    fact: MessageStored
    | MessageEdited
    | MessageDeleted
    | MemberJoined
    | MemberLeft
    | RoomRenamed
    | OwnerChanged
    | RoomDeleted
    | PositionsMoved
    | MemberTyping,
) -> Broadcast:
    """What a room's subscribers are told of a record."""
    match fact:
        case MessageStored():  # first, for there are many
            return message(fact)
        case MessageEdited() | MessageDeleted():
            return changed(fact)
        case PositionsMoved():
            return read(fact)
        case MemberTyping():
            return typing(fact)
        case MemberJoined():
            return joined(fact)
        case MemberLeft():
            return left(fact)
        case RoomRenamed():
            return renamed(fact)
        case OwnerChanged():
            return owner_changed(fact)
        case RoomDeleted():
            return room_deleted(fact.room_id, fact)


def ended(room_id: str, user_id: str) -> Broadcast:
    """The last frame of a subscription whose account is no member any more."""
    body = Left(room_id=room_id, user_id=user_id, user_name=None, member_count=None, at=None)
    return Broadcast(room_destination(room_id), f"{room_id}-e{next(_numbers)}", body)


def for_user(user_id: str, body: Body) -> Broadcast:
    """Anything for `/sub/user/{userId}`."""
    return Broadcast(user_destination(user_id), f"u{next(_numbers)}", body)


def room_changed(
    fact: MessageStored | MessageEdited | MessageDeleted | MemberJoined | MemberLeft | RoomRenamed,
) -> RoomChanged:
    """What the room's line in a list shows since this fact."""
    match fact:
        case MessageStored() | MessageEdited() | MessageDeleted():
            shown = _shown(Shown, fact)
            return RoomChanged(room_id=fact.room_id, last_seq=fact.seq, last_message=shown)
        case RoomRenamed():
            return RoomChanged(room_id=fact.room_id, name=fact.name)
        case _:
            return RoomChanged(room_id=fact.room_id, member_count=fact.member_count)


def _shown(
    kind: type[S], stored: MessageStored | MessageEdited | MessageDeleted | StoredMessage
) -> S:
    quote, mentions = getattr(stored, "reply_to", None), getattr(stored, "mentions", ())
    if isinstance(stored, StoredMessage):
        quote, mentions = records.quote(quote), records.people(mentions)
    return kind(
        message_id=stored.message_id,
        room_id=stored.room_id,
        seq=stored.seq,
        rev=stored.rev,
        user_id=stored.user_id or None,
        user_name=stored.user_name or None,
        message=getattr(stored, "message", ""),
        created_at=stored.created_at,
        unread=stored.unread,
        reply_to=quote,
        mentions=mentions or None,
        edited_at=getattr(stored, "edited_at", None),
        deleted_at=getattr(stored, "deleted_at", None),
    )
