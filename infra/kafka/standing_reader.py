"""A reader of a topic that costs nothing while nothing comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from mode import Service

from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientConsumer

WAIT_MS = 5_000
"""How long the broker holds an answer back when it has nothing; what comes is told at once."""


class StandingReader(Service):
    """Tells `handler` of each record that is appended to the topic after it started.

    `handler(partition, value)` must not raise. Unlike a tail it does not know how far it is.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, handler: Callable[[int, bytes], None]
    ) -> None:
        super().__init__()
        self._settings = settings
        self._topic = topic
        self._handler = handler
        self._consumer: Any = None

    async def on_start(self) -> None:
        """Connect, and stand at the ends; the broker must be there."""
        consumer = PatientConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            enable_auto_commit=False,
            fetch_max_wait_ms=WAIT_MS,
        )
        await consumer.start()
        self._consumer = consumer
        places = [TopicPartition(self._topic, each) for each in range(self._settings.partitions)]
        consumer.assign(places)
        for place, end in (await consumer.end_offsets(places)).items():
            consumer.seek(place, end)

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()

    @Service.task
    async def _read(self) -> None:
        while self._consumer is not None and not self.should_stop:
            for place, messages in (await self._consumer.getmany(timeout_ms=WAIT_MS)).items():
                for message in messages:
                    self._handler(place.partition, message.value or b"")
