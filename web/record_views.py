"""A record of Kafka in the public interface."""

from __future__ import annotations

from typing import Any

from chatstream.domain.dead_letters import Place
from chatstream.domain.times import text_of
from chatstream.domain.tracing import WISHED, header, wished
from schemas.streams import Kind
from web.edge.bodies import Shape
from web.shown_records import (
    SPECS,
    Decoded,
    Eyes,
    header_of,
    hex_of,
    key_of,
    room_of,
    shown,
    trace_id_of,
)


class LetterView(Shape):
    """What a dead letter says besides the record: where that was, and why it failed.

    `reason` may quote the record: it is null for who is not in its room.
    """

    id: str
    topic: str
    partition: int | None
    offset: int | None
    reason: str | None


class RecordView(Shape):
    """A record; `value` is null when it cannot be decoded, `hidden` are paths of what is not shown.

    `hex` are the first bytes of such a value, `··` where a letter may be that is not for the
    reader. `bytes` is the size of the value. `wishedAt`: when the wish of this outcome came to
    Kafka.
    """

    partition: int
    offset: int
    at: str
    key: str | None
    record_type: str | None
    value: Any
    hidden: list[str]
    hex: str | None
    bytes: int
    trace_id: str | None
    wished_at: str | None
    room_id: str | None
    dead_letter: LetterView | None


def view(topic: str, each: Decoded, eyes: Eyes) -> RecordView:
    """The record as these eyes may see it."""
    record, seen = each.record, shown(each, eyes)
    asked = wished(header(record.headers, WISHED))
    return RecordView(
        partition=record.partition,
        offset=record.offset,
        at=text_of(record.at / 1000),
        key=key_of(each, topic),
        record_type=type(each.value).__name__ if each.is_typed else None,
        value=seen.value,
        hidden=seen.hidden,
        hex=hex_of(each, eyes),
        bytes=len(record.value or b""),
        trace_id=trace_id_of(record),
        wished_at=None if asked is None else text_of(asked / 1000),
        room_id=room_of(each),
        dead_letter=_letter(topic, each, eyes) if SPECS[topic].kind is Kind.DLQ else None,
    )


def _letter(topic: str, each: Decoded, eyes: Eyes) -> LetterView:
    record = each.record
    return LetterView(
        id=str(Place(topic, record.partition, record.offset)),
        topic=each.source.name,
        partition=_number(header_of(record, "partition")),
        offset=_number(header_of(record, "offset")),
        reason=header_of(record, "reason") if room_of(each) in eyes.rooms else None,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
