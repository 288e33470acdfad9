"""Reading records of a topic at any place, by the public API of aiokafka and without a group.

A consumer a question, a few at once: whoever looks is rare, and a consumer that stays would hold
connections and keep fetching.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from heapq import merge
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chatstream.errors import TransientFailure
from chatstream.ports.topics import HeldRecord, PartitionSpan, RecordsFound, RecordsWanted
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientConsumer

AT_ONCE = 4
"""Questions that are answered at once; others wait."""
PATIENCE = 8.0
"""Seconds for a question, with its waiting."""
SCANNED_MOST = 5000
"""Records that are looked at for one page with a filter."""
_BLOCK = 500
_FETCH_BYTES = 4 * 1024 * 1024
_POLL_MS = 250

Windows = Mapping[int, tuple[int, int]]


class KafkaRecords:
    """See chatstream.ports.topics.TopicReader."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def spans(self, topics: Sequence[str]) -> Mapping[str, Sequence[PartitionSpan]]:
        """See the port; two questions to the broker for all of them."""
        numbers = range(self._settings.partitions)
        async with self._consumer() as consumer:
            places = [TopicPartition(topic, number) for topic in topics for number in numbers]
            begins, ends = await _ends(consumer, places)
        return {
            topic: [
                PartitionSpan(place.partition, begins[place], ends[place])
                for place in (TopicPartition(topic, number) for number in numbers)
            ]
            for topic in topics
        }

    async def read(self, wanted: RecordsWanted) -> RecordsFound:
        """See the port."""
        async with self._consumer() as consumer:
            places = [TopicPartition(wanted.topic, number) for number in wanted.partitions]
            begins, ends = await _ends(consumer, places)
            spans = [PartitionSpan(each.partition, begins[each], ends[each]) for each in places]
            consumer.assign(places)
            page = _Page(consumer, wanted, spans)
            await page.begin()
            return await page.read()

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        consumer = None
        try:
            async with asyncio.timeout(PATIENCE), self._turns:
                consumer = PatientConsumer(
                    bootstrap_servers=self._settings.bootstrap_servers,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    fetch_max_bytes=_FETCH_BYTES,
                    fetch_max_wait_ms=_POLL_MS,
                )
                try:
                    await consumer.start()
                    yield consumer
                finally:
                    await consumer.stop()
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error


async def _ends(consumer: Any, places: Sequence[TopicPartition]) -> tuple[Any, Any]:
    return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


class _Page:
    """One page under way: block by block from where the bounds are."""

    def __init__(
        self, consumer: Any, wanted: RecordsWanted, spans: Sequence[PartitionSpan]
    ) -> None:
        self._consumer = consumer
        self._wanted = wanted
        self._spans = {span.partition: span for span in spans}
        self._bounds: dict[int, int] = {}
        self._found: list[HeldRecord] = []
        self._scanned = 0

    async def begin(self) -> None:
        """Find where each partition begins."""
        wanted, spans = self._wanted, self._spans
        self._bounds = {
            number: span.begin if wanted.is_forward else span.end for number, span in spans.items()
        }
        if wanted.at is not None and not wanted.bounds:
            asked = {TopicPartition(wanted.topic, number): wanted.at for number in spans}
            for place, found in (await self._consumer.offsets_for_times(asked)).items():
                end = spans[place.partition].end
                self._bounds[place.partition] = end if found is None else found.offset
        for number, bound in wanted.bounds.items():
            span = spans[number]
            self._bounds[number] = min(max(bound, span.begin), span.end)

    async def read(self) -> RecordsFound:
        """Until the page is full, there is nothing more, or enough was looked at."""
        while len(self._found) < self._wanted.limit and self._scanned < SCANNED_MOST:
            windows = self._windows()
            if not windows:
                break
            self._take(await self._fetched(windows), windows)
        bounds = dict(self._bounds) if self._windows() else None
        return RecordsFound(self._found, list(self._spans.values()), bounds, self._scanned)

    def _windows(self) -> Windows:
        """The next offsets of each partition that has more, as (first, behind the last)."""
        size = _BLOCK if self._is_filtered else self._wanted.limit - len(self._found)
        found = {}
        for number, bound in self._bounds.items():
            span = self._spans[number]
            if self._wanted.is_forward:
                window = (bound, min(bound + max(size, 1), span.end))
            else:
                window = (max(bound - max(size, 1), span.begin), bound)
            if window[0] < window[1]:
                found[number] = window
        return found

    @property
    def _is_filtered(self) -> bool:
        return self._wanted.key is not None or self._wanted.header is not None

    def _take(self, fetched: Mapping[int, list[HeldRecord]], windows: Windows) -> None:
        """Merge the partitions by time, and say how far each has been looked at."""
        forward = self._wanted.is_forward
        lines = [each if forward else list(reversed(each)) for each in fetched.values()]
        for record in merge(*lines, key=lambda each: each.at, reverse=not forward):
            if len(self._found) == self._wanted.limit:
                return
            self._scanned += 1
            self._bounds[record.partition] = record.offset + 1 if forward else record.offset
            if self._fits(record):
                self._found.append(record)
        for number, (first, behind) in windows.items():  # also where there are no records
            self._bounds[number] = behind if forward else first

    def _fits(self, record: HeldRecord) -> bool:
        key, header = self._wanted.key, self._wanted.header
        if key is not None and record.key != key:
            return False
        return header is None or any(
            name == header[0] and header[1] in value for name, value in record.headers
        )

    async def _fetched(self, windows: Windows) -> Mapping[int, list[HeldRecord]]:
        """The records of the windows, in order."""
        found: dict[int, list[HeldRecord]] = {number: [] for number in windows}
        places = {number: TopicPartition(self._wanted.topic, number) for number in windows}
        for number, place in places.items():
            self._consumer.seek(place, windows[number][0])
        while places:
            batches = await self._consumer.getmany(*places.values(), timeout_ms=_POLL_MS)
            for place, batch in batches.items():
                behind = windows[place.partition][1]
                found[place.partition] += [_held(each) for each in batch if each.offset < behind]
            for number, place in list(places.items()):
                if await self._consumer.position(place) >= windows[number][1]:
                    del places[number]
        return found


def _held(message: Any) -> HeldRecord:
    return HeldRecord(
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        tuple((name, value or b"") for name, value in message.headers),
    )
