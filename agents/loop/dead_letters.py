"""Dead letters: a record that can never be processed, with its bytes, place and reason."""

from __future__ import annotations

from faust.types import EventT

from agents.loop.traces import cause_of
from infra.kafka.producer import Outgoing
from schemas.catalogue import DLQ_OF


def dead_letter(event: EventT, reason: str) -> Outgoing:
    """The record for the dead-letter topic of the event's topic.

    Key and value are the original bytes; headers carry `reason`, `topic`, `partition`, `offset`,
    and the record's own `traceparent`, so that what becomes of it later is the same trace.
    """
    message = event.message
    return Outgoing(
        topic=DLQ_OF[message.topic].name,
        partition=message.partition,
        key=message.key or b"",
        value=message.value or b"",
        headers=(
            ("reason", reason.encode()),
            ("topic", message.topic.encode()),
            ("partition", str(message.partition).encode()),
            ("offset", str(message.offset).encode()),
            *cause_of(event),
        ),
    )
