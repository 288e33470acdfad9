"""Dead letters: a record that can never be processed, with its bytes, place, reason and reader."""

from __future__ import annotations

from typing import Any

from faust.types import EventT

from agents.loop.reader import current_reader
from agents.loop.replays import pairs_of, replay_of
from agents.loop.traces import cause_of
from chatstream.domain.dead_letters import Failure, Original, Place, letter_headers
from chatstream.errors import PoisonKind
from infra.kafka.producer import Outgoing
from schemas.catalogue import DLQ_OF


def dead_letter(event: EventT, reason: str, kind: PoisonKind = PoisonKind.INVALID) -> Outgoing:
    """The record for the dead-letter topic of the event's topic.

    Key and value are the original bytes; the headers are those of chatstream.domain.dead_letters,
    with the reader whose batch is under way, and the record's own `traceparent`, so that what
    becomes of it later is the same trace. Of a record that had come again, its replay has failed.
    """
    message: Any = event.message
    reader, replay = current_reader(), replay_of(event)
    if replay is not None:
        replay.failed()
    original = Original(
        key=message.key, value=message.value, headers=tuple(pairs_of(message.headers))
    )
    failure = Failure(reason=reason, kind=str(kind), service=reader.service, reader=reader.agent)
    place = Place(message.topic, message.partition, message.offset)
    return Outgoing(
        topic=DLQ_OF[message.topic].name,
        partition=message.partition,
        key=message.key or b"",
        value=message.value or b"",
        headers=(
            *letter_headers(place, failure, original, message.timestamp),
            *cause_of(event),
        ),
    )
