"""What all records share."""

from __future__ import annotations

from typing import Literal

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """Base of all records."""

    schema_version: int = 1


class Member(msgspec.Struct, frozen=True, rename="camel"):
    """An account as shown in a room."""

    account_id: str
    user_id: str
    name: str


class Quote(msgspec.Struct, frozen=True, rename="camel"):
    """The message that a reply answers: its first 100 characters, null when it is deleted."""

    message_id: str
    seq: int
    user_id: str | None
    user_name: str | None
    message: str | None


class Mention(msgspec.Struct, frozen=True, rename="camel"):
    """A member who is mentioned, with the present name; an erased one has no handle."""

    user_id: str | None
    name: str | None


RoomKind = Literal["open", "group", "direct"]


_encoder = msgspec.json.Encoder()


def encode(record: Record) -> bytes:
    """The record as JSON bytes."""
    return _encoder.encode(record)
