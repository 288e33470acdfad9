"""A record of Kafka as an operator may see it: decoded, without what is not for this operator.

Texts of a room are for its members; a handle is shown while somebody has it, since records outlive
accounts; a person's name is told beside, as it is now; secrets, and what a message said before an
edit, are shown to nobody. What cannot be decoded is shown as its first bytes, and whoever is not in
its room sees dots where letters may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chatstream.domain.tracing import TRACEPARENT, header, parse
from chatstream.errors import PoisonMessage
from chatstream.ports.topics import HeldRecord
from schemas import codec
from schemas.catalogue import TOPICS
from schemas.streams import Kind, TopicSpec
from schemas.visibility import PLAIN, FieldRule, Visibility, rules_of

SPECS: Mapping[str, TopicSpec] = {topic.name: topic for topic in TOPICS}
MOST_BYTES = 256
"""So many bytes are shown of what cannot be decoded."""
_NO_LETTERS = frozenset(b'{}[]:,"') | frozenset(range(0x20))
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ACCOUNTS = ("account_id", "target_id", "lifted_by")
_CAMEL = {re.sub(r"_(\w)", lambda one: one[1].upper(), name): name for name in PLAIN} | {
    "type": "type"
}


@dataclass(frozen=True, slots=True)
class Eyes:
    """What this operator may see: texts of these rooms, and handles that somebody has."""

    rooms: Set[str]
    handles: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record's value as a struct, as other JSON, or neither; `source` is where it was first."""

    record: HeldRecord
    source: TopicSpec
    value: Any = None
    is_typed: bool = False


@dataclass(slots=True)
class ShownValue:
    """What is shown of a value; `hidden` are the paths of what is not, dotted."""

    value: Any
    hidden: list[str] = field(default_factory=list)


def decoded(topic: str, record: HeldRecord) -> Decoded:
    """The record, decoded as far as it can be; a dead letter as what it was meant to be."""
    spec = SPECS[topic]
    source = SPECS.get(header_of(record, "topic"), spec) if spec.kind is Kind.DLQ else spec
    if source.records:
        try:
            return Decoded(record, source, codec.decode(source.name, record.value), is_typed=True)
        except PoisonMessage:
            return Decoded(record, source, _json(record.value))
    return Decoded(record, source, _json(record.value))


def header_of(record: HeldRecord, name: str) -> str:
    """The header as text, empty where there is none."""
    return (header(record.headers, name) or b"").decode(errors="replace")


def trace_id_of(record: HeldRecord) -> str | None:
    """The trace that the record belongs to."""
    return parse(header(record.headers, TRACEPARENT))


def key_of(each: Decoded, topic: str) -> str | None:
    """The key as text; of a dead letter only one that is an id."""
    key = (each.record.key or b"").decode(errors="replace")
    if SPECS[topic].kind is Kind.DLQ:
        return key if is_id(key) else None
    return key or None


def is_id(text: str) -> bool:
    """Whether it is the id of a room, an account or a message."""
    return _UUID.fullmatch(text) is not None


def room_of(each: Decoded) -> str | None:
    """The room whose members may see the record's texts."""
    value = each.value
    room = getattr(value, "room_id", None) if each.is_typed else None
    if room is None and isinstance(value, dict):
        room = value.get("roomId")
    if isinstance(room, str):
        return room
    key = (each.record.key or b"").decode(errors="replace")
    return key if str(each.source.key) == "roomId" and is_id(key) else None


def shown(each: Decoded, eyes: Eyes) -> ShownValue:
    """What of the value is shown."""
    found = ShownValue(None)
    may_read = room_of(each) in eyes.rooms
    if each.is_typed:
        found.value = _struct(each.value, found, "", may_read, eyes)
    elif each.value is not None and not each.source.records and each.source.kind is not Kind.DLQ:
        found.value = each.value  # lines of logs, which hold no texts of people
    elif each.value is not None:
        found.value = _plain(each.value, found, "", "")
    return found


def hex_of(each: Decoded, eyes: Eyes) -> str | None:
    """The first bytes of a value that cannot be decoded, two signs a byte; None for others.

    A byte that may be part of a text is `··` for who is not in the record's room.
    """
    value = each.record.value
    if value is None or each.value is not None:
        return None
    may_read = room_of(each) in eyes.rooms
    return " ".join(
        f"{byte:02x}" if may_read or byte in _NO_LETTERS else "··" for byte in value[:MOST_BYTES]
    )


def handles_in(values: Sequence[Decoded]) -> set[str]:
    """Every handle that the records name."""
    return {
        text
        for each in values
        if each.is_typed
        for rule, text in _texts(each.value)
        if rule.visibility is Visibility.HANDLE
    }


def accounts_in(values: Sequence[Decoded]) -> set[str]:
    """Every account that the records name by its id."""
    return {
        text
        for each in values
        if each.is_typed
        for rule, text in _texts(each.value)
        if rule.name in _ACCOUNTS and is_id(text)
    }


def _json(value: bytes | None) -> Any:
    try:
        return msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _struct(
    record: msgspec.Struct, found: ShownValue, path: str, may_read: bool, eyes: Eyes
) -> Any:
    tag = record.__struct_config__.tag
    told: dict[str, Any] = {} if tag is None else {"type": tag}
    for rule in rules_of(type(record)):
        where = f"{path}{rule.encoded}"
        value = getattr(record, rule.name)
        told[rule.encoded] = _value(value, rule.visibility, found, where, may_read, eyes)
    return told


def _value(
    value: Any, rule: Visibility | None, found: ShownValue, path: str, may_read: bool, eyes: Eyes
) -> Any:
    if isinstance(value, msgspec.Struct):
        return _struct(value, found, f"{path}.", may_read, eyes)
    if isinstance(value, (list, tuple)):
        return [_value(each, rule, found, path, may_read, eyes) for each in value]
    if not isinstance(value, str) or rule in (None, Visibility.PLAIN):
        return value
    is_shown = (rule is Visibility.ROOM_TEXT and may_read) or (
        rule is Visibility.HANDLE and value in eyes.handles
    )
    if is_shown:
        return value
    if path not in found.hidden:
        found.hidden.append(path)
    return None


def _plain(value: Any, found: ShownValue, path: str, name: str) -> Any:
    """JSON that is no record of ours: numbers, and texts under names that are plain."""
    if isinstance(value, dict):
        known = {key: each for key, each in value.items() if key in _CAMEL}
        found.hidden += [f"{path}*"] if len(known) < len(value) else []
        return {key: _plain(each, found, f"{path}{key}.", key) for key, each in known.items()}
    if isinstance(value, list):
        return [_plain(each, found, path, name) for each in value]
    if not isinstance(value, str) or is_id(value):
        return value
    if name == "type" and len(value) <= 60 and value.isascii() and value.isalpha():
        return value
    found.hidden.append(path.rstrip(".") or "*")
    return None


def _texts(record: msgspec.Struct) -> Iterator[tuple[FieldRule, str]]:
    """Every text of a record, with the rule of its field."""
    for rule in rules_of(type(record)):
        for value in _flat(getattr(record, rule.name)):
            if isinstance(value, msgspec.Struct):
                yield from _texts(value)
            elif isinstance(value, str):
                yield rule, value


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _flat(each)
    else:
        yield value
