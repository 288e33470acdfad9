"""A stats worker ends when a newer generation serves, once, and else never."""

from __future__ import annotations

import asyncio

from agents.stats.generation_handover import GenerationHandover
from chatstream.domain.generations import Generation


class Tail:
    """Superseded when the test says so."""

    def __init__(self) -> None:
        self.own = Generation(1)
        self.newer: asyncio.Future[Generation] = asyncio.get_running_loop().create_future()

    async def until_superseded(self) -> Generation:
        return await self.newer


async def test_a_worker_ends_when_a_newer_generation_serves() -> None:
    ended = asyncio.Event()
    tail = Tail()
    succession = GenerationHandover(tail, ended.set)  # type: ignore[arg-type]  # as much as it uses
    await succession.start()
    try:
        assert not ended.is_set()
        tail.newer.set_result(Generation(2))
        await asyncio.wait_for(ended.wait(), 10)
    finally:
        await succession.stop()
