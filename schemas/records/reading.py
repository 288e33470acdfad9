"""kakao.chat.readPosition, savedMessage and typing: what readers do."""

from __future__ import annotations

import msgspec

from chatstream.domain.lines import Identity
from schemas.records.base import (
    AnswerRecord,
    Handle,
    OutcomeRecord,
    PersonName,
    Record,
    RequestRecord,
    Uuid,
)


class MoveReadPosition(RequestRecord, frozen=True, kw_only=True, tag="moveReadPosition"):
    """A wish to have read a room up to `seq`; the front sends one a second of each member."""

    room_id: Uuid
    seq: int
    requested_at: str

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id


class ReadPosition(msgspec.Struct, frozen=True, rename="camel"):
    """A member has read up to `seq`; an erased account has no handle."""

    account_id: str
    user_id: Handle | None
    seq: int


class MoveAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A wish is done: the account's position is `seq` now."""

    request_id: str
    account_id: str
    seq: int


class PositionsMoved(OutcomeRecord, frozen=True, kw_only=True, tag="positionsMoved"):
    """What a second's wishes made of a room's positions; no fact number, a repeat changes nothing.

    `moved` counts the positions that moved; `positions` is empty in rooms of over 100 members.
    """

    room_id: str
    positions: tuple[ReadPosition, ...]
    moved: int
    answers: tuple[MoveAnswer, ...]
    access_version: int
    at: str

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The request id of each."""
        return tuple((answer.request_id,) for answer in self.answers)


class MoveRefused(AnswerRecord, frozen=True, kw_only=True, tag="moveRefused"):
    """Outcome of a wish of somebody who is no member, or about a room that is none."""

    room_id: str
    code: str
    reason: str
    at: str


ReadRequest = MoveReadPosition
ReadResponse = PositionsMoved | MoveRefused


class SavedWish(RequestRecord, frozen=True, kw_only=True):
    """What every wish about a saved message has."""

    room_id: Uuid
    message_id: Uuid
    requested_at: str

    @property
    def key(self) -> str:
        """The room."""
        return self.room_id


class SaveMessage(SavedWish, frozen=True, kw_only=True, tag="saveMessage"):
    """A wish to keep a message for oneself."""


class UnsaveMessage(SavedWish, frozen=True, kw_only=True, tag="unsaveMessage"):
    """A wish to keep it no longer."""


class SavedOutcome(AnswerRecord, frozen=True, kw_only=True):
    """What every outcome has: the wish it answers, and the message."""

    room_id: str
    message_id: str


class MessageSaved(SavedOutcome, frozen=True, kw_only=True, tag="messageSaved"):
    """The account keeps the message, since `savedAt`; no fact number, a repeat changes nothing."""

    saved_at: str


class MessageUnsaved(SavedOutcome, frozen=True, kw_only=True, tag="messageUnsaved"):
    """The account does not keep the message."""

    at: str


class SaveRefused(SavedOutcome, frozen=True, kw_only=True, tag="saveRefused"):
    """Outcome of a wish that changed nothing."""

    code: str
    reason: str
    at: str


SavedRequest = SaveMessage | UnsaveMessage
SavedResponse = MessageSaved | MessageUnsaved | SaveRefused


class MemberTyping(Record, frozen=True, kw_only=True, tag="memberTyping"):
    """A member writes something just now; kept nowhere, and of no use a few seconds later."""

    room_id: str
    account_id: str
    user_id: Handle
    user_name: PersonName
    access_version: int
    at: str
