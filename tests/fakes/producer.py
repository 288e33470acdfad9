"""A producer that takes everything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class ProducerSpy:
    """Takes every record at once: (topic, key, value, partition), in order."""

    sent: list[tuple[str, bytes, bytes, int]] = field(default_factory=list)

    async def send(
        self, topic: str, key: bytes, value: bytes, partition: int, _at: object, _headers: object
    ) -> asyncio.Future[None]:
        """See faust.Producer.send."""
        self.sent.append((topic, key, value, partition))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done
