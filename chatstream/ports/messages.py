"""Messages: as they are stored, pages of them, and their write side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.room_events import EventType, next_rev


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message a reply answers, as it is now: at most 100 characters, None when deleted."""

    message_id: str
    seq: int
    user_id: str | None
    user_name: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class MentionedMember:
    """A member who is mentioned; an erased one has no handle and no name."""

    user_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is now: `rev` is that of its latest fact; a deleted one has no text.

    `unread` counts the members who have not read it, None where that is not known or not counted.
    """

    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: str | None
    user_name: str | None
    message: str
    created_at: str
    unread: int | None = None
    edited_at: str | None = None
    deleted_at: str | None = None
    reply_to: QuotedMessage | None = None
    mentions: tuple[MentionedMember, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """A line of a room's history as it is now; see domain.room_events.RoomEvent.

    An erased person has no handle and no name. `place` counts the lines behind the same message,
    from 1: where the first one shown has a higher one, older ones are left out.
    """

    room_id: str
    type: EventType
    after: int
    rev: int
    account_id: str
    user_id: str | None
    user_name: str | None
    at: str
    member_count: int
    name: str | None
    place: int


RoomChange = StoredMessage | ShownEvent
"""What happened in a room last: a message as its latest fact left it, or a line."""


def by_rev(messages: Iterable[StoredMessage], events: Iterable[ShownEvent]) -> list[RoomChange]:
    """Both in one order."""
    found: list[RoomChange] = [*messages, *events]
    return sorted(found, key=lambda each: each.rev)


@dataclass(frozen=True, slots=True)
class Page:
    """Messages ascending by seq, and whether there are more in the asked direction.

    `rev`: the page shows every change of the room up to this one, and perhaps later ones. `events`
    are the lines that belong to it, by `after` and `rev`.
    """

    messages: tuple[StoredMessage, ...]
    has_more: bool
    rev: int = 0
    events: tuple[ShownEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class PageAround:
    """The messages around a seq, ascending, and whether there are more before and after them.

    `rev` and `events` as in Page.
    """

    messages: tuple[StoredMessage, ...]
    has_before: bool
    has_after: bool
    rev: int = 0
    events: tuple[ShownEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageWish:
    """A wish to store a message, and the partition whose line numbers it.

    `mentions` are the names in its text, each with the handles that it may be: the first that is a
    member's counts. By the rules against abuse: `shown` is stored instead of the text (None: the
    text itself), and what `is_refused` is stored only if it is already.
    """

    partition: int
    room_id: str
    account_id: str
    message_id: str
    message: str
    reply_to: str | None = None
    mentions: tuple[tuple[str, ...], ...] = ()
    shown: str | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class ChangeWish:
    """A wish that an own message becomes `text` (None: deleted); `request_id` is its identity.

    `mentions` as in MessageWish; who is mentioned already may have left the room since. What
    `is_refused` by the rules against abuse is carried out only if it was before.
    """

    partition: int
    room_id: str
    account_id: str
    message_id: str
    request_id: str
    text: str | None
    is_refused: bool = False
    mentions: tuple[tuple[str, ...], ...] = ()

    @property
    def identity(self) -> tuple[str, str, str]:
        """By what a repeat is known."""
        return self.room_id, self.account_id, self.request_id


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """What became of a wish: `code` is None when the message is stored (now, or `repeated`).

    `former_rev` is the room's change before it, 0 where that is not told (a repeat). Who is
    mentioned is a member.
    `kept_text` is the text that is stored, None: that of the wish. MESSAGE_REFUSED with
    `muted_until` is not for the message: the account is muted, because of `muted_for`.
    """

    wish: int
    code: str | None
    repeated: bool = False
    seq: int = 0
    fact_no: int = 0
    created_at: str = ""
    user_id: str | None = None
    user_name: str | None = None
    access_version: int = 0
    room_kind: str = ""
    unread: int | None = None
    former_rev: int = 0
    reply_to: QuotedMessage | None = None
    mentions: tuple[MentionedMember, ...] = ()
    kept_text: str | None = None
    muted_until: str | None = None
    muted_for: str | None = None

    @property
    def rev(self) -> int:
        """Its number among the changes of the room."""
        return next_rev(self.fact_no, self.former_rev)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOutcome:
    """What became of a wish to change a message: a fact, a refusal (`code`), or neither.

    Without `fact_no` and `code` the message was so already. `text` is the text now (None: deleted),
    `former` the one before; `at` the time of the change, `rev` its number among the changes of the
    room; the rest as in MessageOutcome. A muted
    account may delete, not edit.
    """

    wish: int
    code: str | None = None
    reason: str = ""
    fact_no: int = 0
    rev: int = 0
    seq: int = 0
    text: str | None = None
    former: str = ""
    at: str = ""
    created_at: str = ""
    user_id: str | None = None
    user_name: str | None = None
    access_version: int = 0
    room_kind: str = ""
    last_seq: int = 0
    unread: int | None = None
    former_rev: int = 0
    reply_to: QuotedMessage | None = None
    mentions: tuple[MentionedMember, ...] = ()
    muted_until: str | None = None
    muted_for: str | None = None


Wish = MessageWish | ChangeWish
Outcome = MessageOutcome | ChangeOutcome


class MessageStore(Protocol):
    """The write side of messages in one database."""

    async def carry_out(self, generation: int | None, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """Carry the wishes out in their order and answer every one, in fact order, others last.

        One transaction. A muted account's message is refused unless it is a repeat. `wish` of an
        outcome is the index of its wish. A repeated message (same
        room, account and message id) gets the stored outcome, with another text
        MESSAGE_ID_REUSED; a repeated change (same room, account and request id) its stored fact;
        one that changed nothing changes nothing later either, and is answered as before.
        `generation` is the consumer generation that owns the partitions; the first call of a
        generation raises their epoch. Raises Fenced when another worker has raised it since,
        PoisonMessage when the database refuses a value.
        """
        ...
