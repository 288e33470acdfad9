"""A producer that takes everything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ProducerSpy:
    """Takes every record at once: (topic, key, value, partition), in order, unless it is `away`.

    `headers` are those of the records, in the same order.
    """

    sent: list[tuple[str, bytes, bytes, int]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    away: Exception | None = None

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
