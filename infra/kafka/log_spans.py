"""The log from recorded positions on: where readers were, and every record since.

By the public API of aiokafka and without a group: nothing that is read here is acknowledged.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientConsumer
from infra.kafka.groups import KafkaGroups
from infra.kafka.records import KafkaRecords

_POLL_MS = 500

Positions = Mapping[str, Sequence[int]]
"""By topic the offset of each partition."""


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """A record as it lies on the log; `at_ms` is its time, in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    at_ms: int = 0


async def positions(
    settings: KafkaSettings, topics: Sequence[str], groups: Collection[str]
) -> dict[str, list[int]]:
    """The offsets from which on these groups may not have done what is on the topics.

    In a partition that none of them reads it is the end. Raises TransientFailure.
    """
    reader = KafkaGroups(settings)
    try:
        known = [each for each in await reader.positions() if each.group in groups]
    finally:
        await reader.close()
    # After the commits: what comes between is read once more.
    spans = await KafkaRecords(settings).spans(topics)
    found = {topic: [span.end for span in spans[topic]] for topic in topics}
    for group in known:
        for (topic, partition), place in group.positions.items():
            if topic in found:
                found[topic][partition] = min(found[topic][partition], place.committed)
    return found


async def faults(settings: KafkaSettings, wanted: Positions) -> list[str]:
    """Why the log does not go on from these positions; empty when it does."""
    spans = await KafkaRecords(settings).spans([*wanted])
    found = []
    for topic, offsets in wanted.items():
        for span, offset in zip(spans[topic], offsets, strict=True):
            if span.end < offset:
                found.append(f"{topic}/{span.partition}: ends before {offset}: it is another log")
            elif span.begin > offset:
                lost = span.begin - offset
                found.append(f"{topic}/{span.partition}: {lost} records are deleted by retention")
    return found


async def since(settings: KafkaSettings, wanted: Positions) -> AsyncIterator[LoggedRecord]:
    """Every record from the positions to the end that there is now, each partition in its order.

    Where the broker has deleted the first of them it begins with those that are left. Raises
    TransientFailure.
    """
    places = {
        TopicPartition(topic, partition): offset
        for topic, offsets in wanted.items()
        for partition, offset in enumerate(offsets)
    }
    async with _consumer(settings) as consumer:
        async for record in _read(consumer, places, {}):
            yield record


async def between(
    settings: KafkaSettings, topic: str, partition: int, first_ms: int, last_ms: int
) -> AsyncGenerator[LoggedRecord, None]:
    """The records of a partition that there are now, from one time to another.

    From the first one at or after `first_ms` to the first at or after `last_ms`, which is not told;
    as offsets, so that all between are told, whatever their time. Raises TransientFailure.
    """
    place = TopicPartition(topic, partition)
    async with _consumer(settings) as consumer:
        begin = await _offset_at(consumer, place, first_ms)
        end = await _offset_at(consumer, place, last_ms)
        if begin is None:
            return
        async for record in _read(consumer, {place: begin}, {} if end is None else {place: end}):
            yield record


async def _offset_at(consumer: Any, place: TopicPartition, at_ms: int) -> int | None:
    """Of the first record at or after a time; None: there is none yet."""
    found = (await consumer.offsets_for_times({place: at_ms})).get(place)
    return None if found is None else int(found.offset)


@asynccontextmanager
async def _consumer(settings: KafkaSettings) -> AsyncIterator[Any]:
    consumer = PatientConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=_POLL_MS,
    )
    try:
        await consumer.start()
        yield consumer
    except (TimeoutError, KafkaError, OSError) as error:
        raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()


async def _read(
    consumer: Any, places: Mapping[TopicPartition, int], until: Mapping[TopicPartition, int]
) -> AsyncIterator[LoggedRecord]:
    """Up to the offsets of `until`, and no further than the end that there is now."""
    begins = await consumer.beginning_offsets([*places])
    found = await consumer.end_offsets([*places])
    ends = {place: min(end, until.get(place, end)) for place, end in found.items()}
    left = {
        place: max(offset, begins[place])
        for place, offset in places.items()
        if max(offset, begins[place]) < ends[place]
    }
    if not left:
        return
    consumer.assign([*left])
    for place, offset in left.items():
        consumer.seek(place, offset)
    while left:
        for place, messages in (await consumer.getmany(*left, timeout_ms=_POLL_MS)).items():
            for each in messages:
                if each.offset < ends[place]:
                    yield LoggedRecord(
                        place.topic, place.partition, each.offset, each.value, each.timestamp
                    )
        for place in [*left]:
            if await consumer.position(place) >= ends[place]:
                del left[place]
                consumer.pause(place)
