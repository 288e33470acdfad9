"""A front's tail: every RESPONSE record of every partition, read without a consumer group."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from chatstream.settings import KafkaSettings

log = logging.getLogger(__name__)

# (partition, key, value); called in partition order, on the event loop, must not raise.
Handler = Callable[[int, bytes, bytes], None]

# A broker answers one request of a connection at a time, so a proof waits behind a fetch that waits
# for records: with half a second each, an idle tail seemed 1.5 s behind.
PROOF_INTERVAL = 0.25
FETCH_WAIT_MS = 200


class Tail(Service):
    """Feeds handlers with what is appended after its start.

    It seeks to the end offsets itself before `ready` is set (a consumer without a group that
    "starts at latest" decides where that is at its first fetch, and has holes). `since` asks for
    records of a topic from that many seconds before the start on; `ready` then also waits until
    they are read.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        handlers: Mapping[str, Handler],
        *,
        since: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._settings = settings
        self._handlers = dict(handlers)
        self._since = dict(since or {})
        self._proven = 0.0
        self._partitions: list[TopicPartition] = []
        self.ready = asyncio.Event()
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
        )
        await consumer.start()
        self._consumer = consumer
        self._partitions = [
            TopicPartition(topic, partition)
            for topic in self._handlers
            for partition in range(self._settings.partitions)
        ]
        consumer.assign(self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        starts = dict(ends)
        if self._since:
            now = time.time()
            wanted = {
                tp: int((now - self._since[tp.topic]) * 1000)
                for tp in self._partitions
                if tp.topic in self._since
            }
            for tp, found in (await consumer.offsets_for_times(wanted)).items():
                if found is not None:
                    starts[tp] = found.offset
        for tp, offset in starts.items():
            consumer.seek(tp, offset)
        self._waiting_for = {tp: end for tp, end in ends.items() if end > starts[tp]}
        self._note_ready()

    def _note_ready(self) -> None:
        if not self._waiting_for and not self.ready.is_set():
            self._proven = time.monotonic()
            self.ready.set()

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
        handler = self._handlers[tp.topic]
        for message in messages:
            handler(tp.partition, message.key or b"", message.value or b"")
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
        return time.monotonic() - self._proven if self.ready.is_set() else float("inf")
