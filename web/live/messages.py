"""Messages in their room: a new one, an edited one, a deleted one; and one that was refused."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from chatstream.ports.messages import StoredMessage
from schemas import records
from schemas.records import Mention, MessageDeleted, MessageEdited, MessageStored, Quote
from web.live.events import Body, RoomChanged, Shown, in_room
from web.live.frames import Broadcast
from web.live.news import News, RoomNews
from web.shown_names import person_name

Revised = MessageEdited | MessageDeleted
OfMessages = MessageStored | Revised
"""The facts of a room's messages: each has its place in the room (`seq`, `rev`)."""

S = TypeVar("S", bound=Shown)


class RoomMessage(Shown, Body, frozen=True, kw_only=True, tag="message"):
    """A message of the room."""


class EditedMessage(Shown, Body, frozen=True, kw_only=True, tag="edited"):
    """A message of the room says something else now: all of it, as it is at `rev`."""


class DeletedMessage(Shown, Body, frozen=True, kw_only=True, tag="deleted"):
    """A message of the room was deleted for everybody: it has no text any more."""


class Refused(Body, frozen=True, kw_only=True, tag="refused", omit_defaults=True):
    """A message was not stored, or it is not known that it was (STORE_UNAVAILABLE: repeat it).

    `reason`, `until` and `cause` of MESSAGE_REFUSED as in the record MessageRefused.
    """

    message_id: str | None
    code: str
    reason: str
    until: str | None = None
    cause: str | None = None


def message(stored: MessageStored | StoredMessage) -> Broadcast:
    """A stored message, from its record or from Postgres: the same bytes either way."""
    return in_room(stored.room_id, stored.seq, shown(RoomMessage, stored))


def changed(now: Revised | StoredMessage) -> Broadcast:
    """A message that was edited or deleted, from its record or from Postgres, as it is now."""
    is_deleted = isinstance(now, MessageDeleted) or (
        isinstance(now, StoredMessage) and now.deleted_at is not None
    )
    body = shown(DeletedMessage, now) if is_deleted else shown(EditedMessage, now)
    return in_room(now.room_id, f"{now.seq}-{now.rev}", body)


def _quote(quote: Quote | None) -> Quote | None:
    if quote is None:
        return None
    return replace(quote, user_name=person_name(quote.user_name, quote.user_id))


def _mention(mention: Mention) -> Mention:
    return replace(mention, name=person_name(mention.name, mention.user_id))


_Parts = tuple[str, Quote | None, tuple[Mention, ...], str | None, str | None]


def shown(kind: type[S], stored: OfMessages | StoredMessage) -> S:
    """The message as it is shown everywhere."""
    text, quote, mentions, edited_at, deleted_at = _parts(stored)
    return kind(
        message_id=stored.message_id,
        room_id=stored.room_id,
        seq=stored.seq,
        rev=stored.rev,
        user_id=stored.user_id or None,
        user_name=person_name(stored.user_name, stored.user_id) or None,
        message=text,
        created_at=stored.created_at,
        unread=stored.unread if deleted_at is None else UNSET,
        reply_to=_quote(quote),
        mentions=tuple(map(_mention, mentions)) or None,
        edited_at=edited_at,
        deleted_at=deleted_at,
    )


def _parts(stored: OfMessages | StoredMessage) -> _Parts:
    """Text, quote, mentions, when it was edited and when deleted."""
    match stored:
        case MessageStored():  # first, for there are many
            return stored.message, stored.reply_to, stored.mentions, None, None
        case MessageEdited():
            return stored.message, stored.reply_to, stored.mentions, stored.edited_at, None
        case MessageDeleted():
            return "", None, (), None, stored.deleted_at
        case StoredMessage():
            quote, mentions = records.quote(stored.reply_to), records.people(stored.mentions)
            return stored.message, quote, mentions, stored.edited_at, stored.deleted_at


def line(fact: OfMessages) -> RoomChanged:
    """What a list shows of the room since its last message is this one."""
    return RoomChanged(room_id=fact.room_id, last_seq=fact.seq, last_message=shown(Shown, fact))


def line_when_last(fact: MessageEdited) -> RoomChanged | None:
    """As `line`; None for the change of an older message."""
    return line(fact) if fact.seq == fact.last_seq else None


def line_of_deleted(fact: MessageDeleted) -> RoomChanged:
    """What a list shows of the room since this message is none that is unread any more."""
    if fact.seq != fact.last_seq:
        return RoomChanged(room_id=fact.room_id, deleted_seq=fact.seq)
    return replace(line(fact), deleted_seq=fact.seq)


NEWS = News(
    rooms=(
        RoomNews(MessageStored, RoomMessage, message, line),
        RoomNews(MessageEdited, EditedMessage, changed, line_when_last),
        RoomNews(MessageDeleted, DeletedMessage, changed, line_of_deleted),
    ),
    besides=(Refused,),
)
