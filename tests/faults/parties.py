"""Everybody who is on the stack while it is hurt: opened before, finished and closed after."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from infra.embedded.stack import Stack
from tests.faults.counting import Talk, open_talk
from tests.faults.leavers import Leavers
from tests.faults.newcomers import Newcomers
from tests.faults.reading import Readers
from tests.faults.reading import end as end_readers
from tests.faults.removals import Removals
from tests.faults.signups import Signups
from tests.faults.traffic import Traffic


@dataclass
class Parties:
    """Who talks, reads, is removed, arrives, blocks, signs up, leaves and repeats what is counted.

    `striking` is held by a kill from its preparation to its stroke, so that of several kills at
    once each finds under way what it is to hit.
    """

    stack: Stack
    traffic: Traffic
    talk: Talk
    signups: Signups
    leavers: Leavers
    removals: Removals
    newcomers: Newcomers
    readers: Readers = field(default_factory=Readers)
    striking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, stack: Stack, traffic: Traffic, leaving: Sequence[tuple[str, str]]) -> Self:
        """Everybody is there, with a leaver for each of `leaving`, and talking has begun."""
        url = stack.base_url
        parties = cls(
            stack,
            traffic,
            await open_talk(url),
            Signups(url),
            Leavers(stack, leaving),
            Removals(url),
            Newcomers(url),
        )
        await asyncio.gather(
            *(each.open() for each in (parties.leavers, parties.removals, parties.newcomers)),
            traffic.open(),
        )
        parties._begin()
        return parties

    def _begin(self) -> None:
        def task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            return asyncio.create_task(work)

        self._talking = task(self.traffic.talk())
        self._others = [task(each.run()) for each in (self.removals, self.newcomers, self.talk)]
        self._reading = [task(self.readers.read(each)) for each in self.traffic.listeners]

    def check(self) -> None:
        """Raises what ended somebody's doing before its time, AssertionError if nothing did."""
        for task in (self._talking, *self._others, *self._reading):
            if task.done():
                task.result()
                raise AssertionError(f"{task} came to an end by itself")

    async def finish(self) -> None:
        """Nothing new is begun; returns when all that was begun has been answered."""
        for each in (self.traffic, self.removals, self.newcomers, self.talk):
            each.finish()
        await asyncio.gather(self._talking, *self._others, self.leavers.end())
        await end_readers(self._reading)

    async def close(self) -> None:
        """Stop whatever still goes on, and disconnect everybody."""
        tasks = [self._talking, *self._others, *self._reading]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (self.removals, self.newcomers, self.talk, self.leavers, self.traffic):
            await each.close()
