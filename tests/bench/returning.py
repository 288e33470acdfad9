"""A crowd that loses its connections at once and comes back: `python -m tests.bench.returning`.

A Job on stdin; after `ready` any further line cuts every socket. Each then keeps the contract: it
comes again when it was told, else by full jitter up to 20 s, as the pages do.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import sys
from collections import Counter

import aiohttp
import msgspec
import uvloop

from tests.bench.latency import summary
from tests.bench.sockets import Seat, ToldToWait
from tests.bench.wire import Event, Job, Returned, tell
from tests.client.waiting import pause

AT_ONCE = 16
LONGEST = 20.0
SPREAD = 1.0
WITHIN = 180.0
ASKED_EVERY = 0.1


class Crowd:
    """All seats of a job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seats: list[Seat] = []
        self.outcomes: Counter[str] = Counter()
        self.times: list[float] = []
        self.others: list[float] = []
        self.unserved = 0

    def on_message(self, seat: Seat, frame: bytes) -> None:
        """Nobody counts messages here."""

    def on_receipt(self, seat: Seat, receipt: bytes) -> None:
        """Only subscriptions have receipts here."""

    def on_closed(self, seat: Seat, reason: str) -> None:
        """`opened` has failed, and tells whoever waits."""

    async def _attempt(self, token: int, room: int) -> Seat:
        job = self.job
        seat = Seat(self, job.tokens[token], job.rooms[room])
        try:
            await asyncio.get_running_loop().create_connection(lambda: seat, "127.0.0.1", job.port)
            await seat.opened
        except OSError:
            self.outcomes["refused" if seat.told else "failed"] += 1
            raise
        return seat

    async def come_in(self, token: int, room: int) -> Seat:
        """Try until the subscription is complete."""
        failures = 0
        while True:
            try:
                return await self._attempt(token, room)
            except OSError as error:
                told = error.told if isinstance(error, ToldToWait) else 0.0
                wait = told + random.random() * SPREAD if told else _jitter(failures)
                failures += 1
                await pause(wait)

    async def open(self) -> None:
        """Everybody comes in, a few at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(token: int, room: int) -> Seat:
            async with gate:
                return await self.come_in(token, room)

        self.seats = await asyncio.gather(*(one(*seat) for seat in self.job.seats))

    async def come_back(self) -> None:
        """Everybody is cut off and comes back, all at the same moment."""
        for seat in self.seats:
            seat.close()
        self.outcomes.clear()
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def one(token: int, room: int) -> None:
            await self.come_in(token, room)
            self.times.append(loop.time() - began)

        await asyncio.gather(*(one(*seat) for seat in self.job.seats))

    async def ask(self) -> None:
        """Somebody else, who is served meanwhile."""
        loop = asyncio.get_running_loop()
        headers = {"Authorization": f"Bearer {self.job.tokens[0]}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            while True:
                began = loop.time()
                async with http.get(f"http://127.0.0.1:{self.job.port}/chat") as response:
                    await response.read()
                    self.unserved += response.status != 200
                self.others.append(loop.time() - began)
                await pause(ASKED_EVERY)


def _jitter(failures: int) -> float:
    return random.random() * min(LONGEST, 2.0 ** min(failures, 10))


async def _main() -> None:
    crowd = Crowd(msgspec.json.decode(sys.stdin.buffer.readline(), type=Job))
    async with asyncio.timeout(WITHIN):
        await crowd.open()
    tell(Event("ready"))
    await asyncio.to_thread(sys.stdin.buffer.readline)
    asking = asyncio.create_task(crowd.ask())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WITHIN):
            await crowd.come_back()
    asking.cancel()
    returned = Returned(
        crowd=len(crowd.job.seats),
        back=len(crowd.times),
        seconds=max(crowd.times, default=0.0),
        half=sorted(crowd.times)[len(crowd.times) // 2] if crowd.times else 0.0,
        refused=crowd.outcomes["refused"],
        failed=crowd.outcomes["failed"],
        others=summary(crowd.others),
        unserved=crowd.unserved,
    )
    tell(Event("result", returned=returned))


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_main())
