"""A front's tail: every RESPONSE record of every partition, read without a consumer group."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from mode import Service, ServiceT

from chatstream.settings import KafkaSettings

log = logging.getLogger(__name__)

# (partition, key, value); called in partition order, on the event loop, must not raise.
Handler = Callable[[int, bytes, bytes], None]

# A broker answers one request of a connection at a time, so a proof waits behind a fetch that waits
# for records: with half a second each, an idle tail seemed 1.5 s behind.
PROOF_INTERVAL = 0.25
FETCH_WAIT_MS = 200


# What a tail that may be late asks for: as much as there is, every FETCH_WAIT_MS.
UNHURRIED_BYTES = 1 << 20


class TopicTail(Service):
    """Feeds one handler with what is appended to one topic after its start.

    It seeks to the end offsets itself before `is_ready` (a consumer without a group that "starts at
    latest" decides where that is at its first fetch, and has holes). `since` asks for records from
    that many seconds before the start on; `is_ready` then also waits until they are read. An
    `unhurried` tail fetches five times a second at most, whatever comes.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        handler: Handler,
        *,
        since: float = 0.0,
        unhurried: bool = False,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._handler = handler
        self._since = since
        self._min_bytes = UNHURRIED_BYTES if unhurried else 1
        self._partitions = [TopicPartition(topic, p) for p in range(settings.partitions)]
        self._waiting_for: dict[TopicPartition, int] = {}
        self._proven = 0.0
        self.is_ready = False
        self._consumer: AIOKafkaConsumer | None = None

    async def on_start(self) -> None:
        """Connect and seek; the broker must be there."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            check_crcs=False,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_min_bytes=self._min_bytes,
        )
        await consumer.start()
        self._consumer = consumer
        consumer.assign(self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        starts = dict(ends)
        if self._since:
            moment = int((time.time() - self._since) * 1000)
            asked = dict.fromkeys(self._partitions, moment)
            for tp, found in (await consumer.offsets_for_times(asked)).items():
                if found is not None:
                    starts[tp] = found.offset
        for tp, offset in starts.items():
            consumer.seek(tp, offset)
        self._waiting_for = {tp: end for tp, end in ends.items() if end > starts[tp]}
        self._note_ready()

    def _note_ready(self) -> None:
        if not self._waiting_for and not self.is_ready:
            self._proven = time.monotonic()
            self.is_ready = True

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    @Service.task
    async def _read(self) -> None:
        consumer = self._consumer
        while consumer is not None and not self.should_stop:
            batches = await consumer.getmany(timeout_ms=500)
            for tp, messages in batches.items():
                self._feed(tp, messages)

    def _feed(self, tp: TopicPartition, messages: Sequence[Any]) -> None:
        for message in messages:
            self._handler(tp.partition, message.key or b"", message.value or b"")
        if self._waiting_for and tp in self._waiting_for:
            if messages[-1].offset + 1 >= self._waiting_for[tp]:
                del self._waiting_for[tp]
            self._note_ready()

    @Service.task
    async def _prove(self) -> None:
        """Ask for the end offsets and note when the tail has passed them."""
        consumer = self._consumer
        while consumer is not None and not self.should_stop:
            asked = time.monotonic()
            try:
                async with asyncio.timeout(2.0):
                    ends = await consumer.end_offsets(self._partitions)
                    while not await self._passed(consumer, ends):
                        await self.sleep(0.05)
                self._proven = asked
            except (KafkaError, TimeoutError) as error:
                log.warning("tail: no proof of progress: %s %s", type(error).__name__, error)
            await self.sleep(PROOF_INTERVAL)

    async def _passed(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
        for tp, end in ends.items():
            if await consumer.position(tp) < end:
                return False
        return True

    def lag_seconds(self) -> float:
        """Seconds since the last moment of which the tail has certainly read everything."""
        return time.monotonic() - self._proven if self.is_ready else float("inf")


class Tail(Service):
    """A front's tails, one connection a topic.

    One consumer for all would ask for every partition, and decode an answer about every one, each
    time one record comes: most of a front's time at small rates.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        handlers: Mapping[str, Handler],
        *,
        since: Mapping[str, float] | None = None,
        unhurried: Collection[str] = (),
    ) -> None:
        super().__init__()
        replay = since or {}
        self._tails = [
            TopicTail(
                settings,
                topic,
                handler,
                since=replay.get(topic, 0.0),
                unhurried=topic in unhurried,
            )
            for topic, handler in handlers.items()
        ]

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """The tails; they start and stop with this service."""
        return self._tails

    def lag_seconds(self) -> float:
        """The lag of the tail that is farthest behind; infinite until all are ready."""
        return max(tail.lag_seconds() for tail in self._tails)
