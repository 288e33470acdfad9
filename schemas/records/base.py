"""What all records share."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from chatstream.domain.lines import Identity

# What a wish is about is named by it: another form of the same id would be another identity.
Uuid = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$", max_length=36)
]

# What a text is says who may see it where records are shown; see schemas.visibility. Plain: an id,
# a time, a code, whatever anybody may see who may see records.
Plain = Annotated[str, msgspec.Meta(extra={"is": "plain"})]
RoomText = Annotated[str, msgspec.Meta(extra={"is": "roomText"})]
Handle = Annotated[str, msgspec.Meta(extra={"is": "handle"})]
PersonName = Annotated[str, msgspec.Meta(extra={"is": "personName"})]
Secret = Annotated[str, msgspec.Meta(extra={"is": "secret"})]


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """Base of all records."""

    schema_version: int = 1


class WishRecord(Record, frozen=True, kw_only=True):
    """Base of what is asked for; its ids are canonical UUIDs, or the record cannot be decoded."""

    account_id: Uuid

    @property
    def key(self) -> str:
        """What its topic is keyed by: the account, of wishes about rooms the room."""
        return self.account_id

    @property
    def spread(self) -> int:
        """How many partitions behind that of its key it lies, where a key has several."""
        return 0

    @property
    def identity(self) -> Identity:
        """By what the wish is known for ever; its outcome names it."""
        raise NotImplementedError(type(self).__name__)


class RequestRecord(WishRecord, frozen=True, kw_only=True):
    """Base of wishes that are known by an id of their own."""

    request_id: Uuid

    @property
    def identity(self) -> Identity:
        """The request id."""
        return (self.request_id,)


class OutcomeRecord(Record, frozen=True, kw_only=True):
    """Base of what becomes of wishes."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Of the wishes that it answers, one or several that were carried out together."""
        raise NotImplementedError(type(self).__name__)


class AnswerRecord(OutcomeRecord, frozen=True, kw_only=True):
    """Base of outcomes of one wish that is known by its request id; `account_id` asked."""

    request_id: str
    account_id: str

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The one wish's request id."""
        return ((self.request_id,),)


class FactRecord(AnswerRecord, frozen=True, kw_only=True):
    """Base of facts that such a wish led to."""

    fact_no: int


class EventRecord(Record, frozen=True, kw_only=True):
    """Base of what happened that the log keeps: `event_id`, a UUIDv7, is its identity for ever.

    Who tells it again tells it with the same one. `at` is when it happened.
    """

    event_id: Uuid
    at: str


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """An account as shown in a room."""

    account_id: str
    user_id: Handle
    name: PersonName


class Quote(msgspec.Struct, frozen=True, rename="camel"):
    """The message that a reply answers: its first 100 characters, null when it is deleted."""

    message_id: str
    seq: int
    user_id: Handle | None
    user_name: PersonName | None
    message: RoomText | None


class Mention(msgspec.Struct, frozen=True, rename="camel"):
    """A member who is mentioned, with the present name; an erased one has no handle."""

    user_id: Handle | None
    name: PersonName | None


RoomKind = Literal["open", "group", "direct"]


_encoder = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """The record as JSON bytes."""
    return _encoder.encode(record)
