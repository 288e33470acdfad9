"""A producer that takes everything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Batch:
    """aiokafka's BatchBuilder, without a bound."""

    rows: list[tuple[bytes, bytes, Any]] = field(default_factory=list)

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Any) -> object:
        """Take a record; TypeError, as there, when the headers are no list."""
        if not isinstance(headers, list):
            raise TypeError("headers")
        self.rows.append((key, value, headers))
        return self

    def close(self) -> None:
        """Take no more."""


@dataclass
class ProducerSpy:
    """Takes every record at once: (topic, key, value, partition), in order, unless it is `away`.

    `headers` are those of the records, in the same order.
    """

    sent: list[tuple[str, bytes, bytes, int]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    away: Exception | None = None

    @property
    def inner(self) -> ProducerSpy:
        """See infra.faust.transport.IdempotentProducer."""
        return self

    def create_batch(self) -> Batch:
        """See aiokafka.AIOKafkaProducer."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
        """See aiokafka.AIOKafkaProducer."""
        for key, value, headers in batch.rows:
            done = await self.send(topic, key, value, partition, None, list(headers) or None)
        return done

    async def send(
        self, topic: str, key: bytes, value: bytes, partition: int, _at: object, headers: Any
    ) -> asyncio.Future[None]:
        """See faust.Producer.send."""
        if self.away is not None:
            raise self.away
        self.sent.append((topic, key, value, partition))
        self.headers.append(headers)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done
