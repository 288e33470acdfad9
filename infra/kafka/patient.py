"""An aiokafka producer that asks for metadata at most ten times a second.

While a partition has no leader, and so all through an outage of the broker, aiokafka 0.14's sender
asks again as soon as an answer, or a refused connection, is there: one core a process, taken from
the broker that is trying to start.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

INTERVAL = 0.1


class PatientClient(AIOKafkaClient):  # type: ignore[misc]  # aiokafka has no types
    """A client whose metadata requests are `INTERVAL` seconds apart at least."""

    _asked = 0.0

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> Any:
        wait = self._asked + INTERVAL - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._asked = time.monotonic()
        return await super()._metadata_update(cluster_metadata, topics)


class PatientProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """A producer with a patient client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The constructor makes its client itself and offers no way to give it another.
        self.client.__class__ = PatientClient
