"""Bytes into records, topic by topic."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chatstream.errors import PoisonMessage
from schemas import records, topics

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    topics.ROOM_REQUEST.name: msgspec.json.Decoder(records.RoomRequest),
    topics.ROOM_RESPONSE.name: msgspec.json.Decoder(records.RoomResponse),
    topics.MESSAGE_REQUEST.name: msgspec.json.Decoder(records.MessageRequest),
    topics.MESSAGE_RESPONSE.name: msgspec.json.Decoder(records.MessageResponse),
    topics.READ_REQUEST.name: msgspec.json.Decoder(records.ReadRequest),
    topics.READ_RESPONSE.name: msgspec.json.Decoder(records.ReadResponse),
    topics.SAVED_REQUEST.name: msgspec.json.Decoder(records.SavedRequest),
    topics.SAVED_RESPONSE.name: msgspec.json.Decoder(records.SavedResponse),
    topics.TYPING.name: msgspec.json.Decoder(records.MemberTyping),
    topics.ACCOUNT_REQUEST.name: msgspec.json.Decoder(records.AccountRequest),
    topics.ACCOUNT_RESPONSE.name: msgspec.json.Decoder(records.AccountResponse),
    topics.FRIEND_REQUEST.name: msgspec.json.Decoder(records.FriendRequest),
    topics.FRIEND_RESPONSE.name: msgspec.json.Decoder(records.FriendResponse),
    topics.SESSION_RESPONSE.name: msgspec.json.Decoder(records.SessionResponse),
    topics.CONDUCT_EVENT.name: msgspec.json.Decoder(records.ConductEvent),
    topics.SANCTION_REQUEST.name: msgspec.json.Decoder(records.SanctionRequest),
    topics.SANCTION_RESPONSE.name: msgspec.json.Decoder(records.SanctionResponse),
    topics.CHAT_ERASURE_REQUEST.name: msgspec.json.Decoder(records.EraseInChat),
    topics.CHAT_ERASURE_RESPONSE.name: msgspec.json.Decoder(records.ErasedInChat),
    topics.STATS_ERASURE_REQUEST.name: msgspec.json.Decoder(records.EraseInStats),
    topics.STATS_ERASURE_RESPONSE.name: msgspec.json.Decoder(records.ErasedInStats),
    topics.LOG_ERASURE_REQUEST.name: msgspec.json.Decoder(records.EraseInLog),
    topics.LOG_ERASURE_RESPONSE.name: msgspec.json.Decoder(records.ErasedInLog),
    topics.POLICY_EVENT.name: msgspec.json.Decoder(records.PolicyEvent),
    topics.WATCHED_EVENT.name: msgspec.json.Decoder(records.WatchedEvent),
    topics.GENERATION_EVENT.name: msgspec.json.Decoder(records.GenerationEvent),
    topics.ALERT_EVENT.name: msgspec.json.Decoder(records.WordJumped),
}

_QUOTES = re.compile(r"Invalid (?:enum )?value|Object contains unknown field")


def decode(topic: str, value: bytes | None) -> Any:
    """The record of a topic's value; PoisonMessage when it is not one of the topic's types."""
    if value is None:
        raise PoisonMessage(f"{topic}: a record without a value")
    try:
        return _DECODERS[topic].decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PoisonMessage(f"{topic}: {_fault(error)}") from error


def _fault(error: Exception) -> str:
    """What is wrong, and where, without the value: msgspec quotes unknown names and enum values."""
    what, _, where = str(error).partition(" - at ")
    quoted = isinstance(error, UnicodeDecodeError) or _QUOTES.match(what)
    return f"{'a value that cannot be' if quoted else what}{f' at {where}' if where else ''}"
