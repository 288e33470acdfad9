"""The samples of the lag monitor, read back by the one that starts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.errors import KafkaError

from chatstream.domain.lag.telling import ToldSample
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.settings import KafkaSettings
from infra.kafka.tail import TopicTail
from infra.pacing import pace_of
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
        found: list[ToldSample] = []

        def take(partition: int, _key: bytes, value: bytes) -> None:
            try:
                found.append(self._told(codec.decode(SAMPLE.event.name, value)))
            except (PoisonMessage, ValueError) as error:
                log.error("unreadable sample in partition %s: %s", partition, error)

        pace = pace_of(self._settings, is_waited_for=False)
        tail = TopicTail(self._settings, SAMPLE.event.name, take, since=seconds, pace=pace)
        try:
            async with asyncio.timeout(PATIENCE):
                await tail.start()
                await tail.ready.wait()
        except (KafkaError, OSError, TimeoutError) as error:
            raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
        finally:
            await tail.stop()
        return found
