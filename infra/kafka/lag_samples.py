"""The samples of the lag monitor, read back by the one that starts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chatstream.domain.lag.telling import ToldSample
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientConsumer
from schemas import codec
from schemas.contexts.lag import SAMPLE

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds in which the last samples are read."""


class KafkaSamples:
    """See chatstream.ports.lag.SampleReader; `told` makes a sample of its record."""

    def __init__(self, settings: KafkaSettings, told: Callable[[Any], ToldSample]) -> None:
        self._settings = settings
        self._told = told

    async def recent(self, seconds: float) -> Sequence[ToldSample]:
        """See the port; what cannot be read is passed over, and the log says so."""
        consumer = PatientConsumer(
            bootstrap_servers=self._settings.bootstrap_servers, enable_auto_commit=False
        )
        found: list[ToldSample] = []
        try:
            async with asyncio.timeout(PATIENCE):
                await consumer.start()
                async for message in self._since(consumer, time.time() - seconds):
                    self._take(message, found)
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
        finally:
            await consumer.stop()
        return found

    def _take(self, message: Any, found: list[ToldSample]) -> None:
        try:
            found.append(self._told(codec.decode(SAMPLE.event.name, message.value)))
        except (PoisonMessage, ValueError) as error:
            log.error("unreadable sample %s@%s: %s", message.partition, message.offset, error)

    async def _since(self, consumer: Any, moment: float) -> AsyncIterator[Any]:
        """Every record of the topic from the moment (seconds since 1970) up to the present end."""
        numbers = range(self._settings.partitions)
        places = [TopicPartition(SAMPLE.event.name, number) for number in numbers]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        starts = await consumer.offsets_for_times(dict.fromkeys(places, int(moment * 1000)))
        waiting = set()
        for place, start in starts.items():
            if start is not None and start.offset < ends[place]:
                waiting.add(place)
            consumer.seek(place, ends[place] if start is None else start.offset)
        while waiting:
            for place, messages in (await consumer.getmany(*waiting, timeout_ms=500)).items():
                for message in messages:
                    yield message
                if messages[-1].offset + 1 >= ends[place]:
                    waiting.discard(place)
