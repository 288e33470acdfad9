"""How a fetch's records are handed to the streams."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from faust.types import TP
from mode import Service

from infra.kafka.consumer import PacedConsumer

PLACE = TP("t", 0)


class Consumer(Service):
    """The parts of Faust's consumer that the loop uses; `fetches` are the records of each."""

    consumer_stopped_errors = ()
    _drain_messages: Any = PacedConsumer._drain_messages
    _hand_over: Any = PacedConsumer._hand_over
    _hand_over_one: Any = PacedConsumer._hand_over_one

    def __init__(self, *fetches: list[int]) -> None:
        super().__init__()
        self.fetches = list(fetches)
        self.app: Any = SimpleNamespace(topics=SimpleNamespace(acks_enabled_for=lambda _: True))
        self.suspend_flow = asyncio.Event()
        self._read_offset: dict[TP, int | None] = defaultdict(lambda: None)
        self.handed: list[int] = []
        self.gaps: list[tuple[int, int]] = []

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        if not self.fetches:
            self._stopped.set()
            return
        for offset in self.fetches.pop(0):
            yield PLACE, SimpleNamespace(offset=offset, topic="t")

    async def callback(self, message: Any) -> None:
        self.handed.append(message.offset)

    async def _add_gap(self, tp: TP, first: int, after: int) -> None:
        self.gaps.append((first, after))

    async def drain(self) -> None:
        fetcher: Any = SimpleNamespace(_stopped=asyncio.Event())
        async with asyncio.timeout(10):
            await self._drain_messages(fetcher)


async def test_records_are_handed_on_in_the_order_of_their_fetch() -> None:
    consumer = Consumer([0, 1, 2], [], [3])
    await consumer.drain()
    assert consumer.handed == [0, 1, 2, 3]
    assert consumer._read_offset[PLACE] == 3


async def test_records_from_before_a_seek_are_passed_over_and_gaps_are_told() -> None:
    consumer = Consumer([4, 5, 9])
    consumer._read_offset[PLACE] = 5
    await consumer.drain()
    assert consumer.handed == [5, 9]
    assert consumer.gaps == [(6, 9)]


async def test_what_a_suspended_flow_cuts_off_counts_as_not_read() -> None:
    consumer = Consumer([0, 1, 2])

    async def full_at_one(message: Any) -> None:
        if message.offset == 1:
            consumer.suspend_flow.set()
            await asyncio.Event().wait()
        consumer.handed.append(message.offset)

    consumer.callback = full_at_one  # type: ignore[method-assign]
    await consumer.drain()
    assert consumer.handed == [0]
    assert consumer._read_offset[PLACE] == 0
