"""Bytes into records, topic by topic."""

from __future__ import annotations

import re
from typing import Any, Union

import msgspec

from chatstream.errors import PoisonKind, PoisonMessage
from schemas.catalogue import TOPICS

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    topic.name: msgspec.json.Decoder(Union[topic.records])  # noqa: UP007 (made of a tuple)
    for topic in TOPICS
    if topic.records
}

_QUOTES = re.compile(r"Invalid (?:enum )?value|Object contains unknown field")


def decode(topic: str, value: bytes | None) -> Any:
    """The record of a topic's value; PoisonMessage when it is not one of the topic's types."""
    if value is None:
        raise PoisonMessage(f"{topic}: a record without a value", PoisonKind.UNREADABLE)
    try:
        return _DECODERS[topic].decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PoisonMessage(f"{topic}: {_fault(error)}", PoisonKind.UNREADABLE) from error


def _fault(error: Exception) -> str:
    """What is wrong, and where, without the value: msgspec quotes unknown names and enum values."""
    what, _, where = str(error).partition(" - at ")
    quoted = isinstance(error, UnicodeDecodeError) or _QUOTES.match(what)
    return f"{'a value that cannot be' if quoted else what}{f' at {where}' if where else ''}"
