"""kakao.chat.chatMessage: wishes about messages, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable

from chatstream.domain.lines import Identity
from chatstream.ports import messages as ports
from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    Handle,
    Mention,
    OutcomeRecord,
    PersonName,
    Quote,
    Record,
    RequestRecord,
    RoomKind,
    RoomText,
    Secret,
    Uuid,
    WishRecord,
)


class SendMessage(WishRecord, frozen=True, kw_only=True, tag="sendMessage"):
    """A wish to say `message` in a room; (room, account, messageId) is its identity for ever."""

    room_id: Uuid
    user_id: Handle
    user_name: PersonName
    message_id: Uuid
    message: RoomText
    requested_at: str
    reply_to: Uuid | None = None

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id

    @property
    def identity(self) -> Identity:
        """Room, account and message id: unique for ever."""
        return (self.room_id, self.account_id, self.message_id)


class MessageChange(RequestRecord, frozen=True, kw_only=True):
    """What the wishes about a stored message have: who asks, which one; `requestId` is theirs."""

    room_id: Uuid
    message_id: Uuid
    requested_at: str

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id


class EditMessage(MessageChange, frozen=True, kw_only=True, tag="editMessage"):
    """A wish that an own message says `message` from now on."""

    message: RoomText


class DeleteMessage(MessageChange, frozen=True, kw_only=True, tag="deleteMessage"):
    """A wish to delete an own message for everybody."""


class MessageStored(OutcomeRecord, frozen=True, kw_only=True, tag="messageStored"):
    """Fact: the message is in Postgres. `seq` is dense per room, `rev` is the fact number.

    `unread` counts the members who had not read it at that moment (null: too many members).
    `repeated` says that this wish found its message stored already: everything else is the same.
    `formerRev` is the room's fact before this one, 0 where that is not known (a repeat).
    """

    fact_no: int
    room_id: str
    seq: int
    rev: int
    message_id: str
    account_id: str
    user_id: Handle
    user_name: PersonName
    message: RoomText
    created_at: str
    access_version: int
    room_kind: RoomKind
    unread: int | None = None
    repeated: bool = False
    former_rev: int = 0
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] = ()

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Room, account and message id: unique for ever."""
        return ((self.room_id, self.account_id, self.message_id),)


class MessageRefused(OutcomeRecord, frozen=True, kw_only=True, tag="messageRefused"):
    """Outcome of a wish that was not stored; the same id may be sent again and is judged anew.

    `reason` of MESSAGE_REFUSED names the rule (`muted`, `rate`, `repeat`, `banned_word`, …),
    `until` is when waiting helps, `cause` the rule that led to a mute.
    """

    room_id: str
    account_id: str
    message_id: str
    code: str
    reason: str
    at: str
    until: str | None = None
    cause: str | None = None

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Room, account and message id: unique for ever."""
        return ((self.room_id, self.account_id, self.message_id),)


class MessageRevised(FactRecord, frozen=True, kw_only=True):
    """What both facts about a stored message have: its present state and the text it had before.

    `seq` and `createdAt` are the message's, `lastSeq` is the room's newest; `formerRev` is the
    room's fact before this one, 0 where that is not known (a repeat).
    """

    room_id: str
    seq: int
    rev: int
    message_id: str
    user_id: Handle
    user_name: PersonName
    former: Secret
    created_at: str
    access_version: int
    room_kind: RoomKind
    last_seq: int
    unread: int | None = None
    former_rev: int = 0


class MessageEdited(MessageRevised, frozen=True, kw_only=True, tag="messageEdited"):
    """Fact: the message says `message` since `editedAt`."""

    message: RoomText
    edited_at: str
    reply_to: Quote | None = None
    mentions: tuple[Mention, ...] = ()


class MessageDeleted(MessageRevised, frozen=True, kw_only=True, tag="messageDeleted"):
    """Fact: the message has no text since `deletedAt`; its place in the room stays."""

    deleted_at: str


class MessageChanged(Record, frozen=True, kw_only=True, tag="messageChanged"):
    """A message was edited or deleted, as the fact with this `rev` says: for who follows changes.

    It has no text: who needs it reads the message as it is by then. It may come again.
    """

    room_id: str
    account_id: str
    message_id: str
    seq: int
    rev: int
    is_deleted: bool


class MessageUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="messageUnchanged"):
    """Answer without a change: the message was so already."""

    room_id: str
    message_id: str
    seq: int
    at: str


class ChangeRefused(AnswerRecord, frozen=True, kw_only=True, tag="changeRefused"):
    """Outcome of a wish to edit or delete that changed nothing; as of MessageRefused."""

    room_id: str
    message_id: str
    code: str
    reason: str
    at: str
    until: str | None = None
    cause: str | None = None


MessageRequest = SendMessage | EditMessage | DeleteMessage
MessageResponse = (
    MessageStored
    | MessageEdited
    | MessageDeleted
    | MessageUnchanged
    | MessageRefused
    | ChangeRefused
)


def quote(found: ports.QuotedMessage | None) -> Quote | None:
    """A quote as records carry it."""
    if found is None:
        return None
    return Quote(found.message_id, found.seq, found.user_id, found.user_name, found.message)


def people(found: Iterable[ports.MentionedMember]) -> tuple[Mention, ...]:
    """Mentions as records carry them."""
    return tuple(Mention(each.user_id, each.name) for each in found)
