"""The load: a process of its own with all sockets; `python -m tests.bench.load`, a Job on stdin."""

from __future__ import annotations

import asyncio
import gc
import itertools
import resource
import sys
import uuid
from collections import Counter

import msgspec
import uvloop

from tests.bench.sockets import Seat
from tests.bench.tally import Tally
from tests.bench.text import messages
from tests.bench.wire import Event, Job, tell

AT_ONCE = 32
OPEN_WITHIN = 120.0
SETTLE_WITHIN = 30.0
TEXTS = 5000
_ID = b'"messageId":"'
_SEQ = b'"seq":'


class Load:
    """All sockets of a job, and what they say."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seats = [Seat(self, job.tokens[t], job.rooms[r], job.beat) for t, r in job.seats]
        self.tally = Tally(Counter(seat.room for seat in self.seats))
        texts = messages(uuid.uuid4().int, TEXTS, job.marker)
        self._texts = itertools.cycle([msgspec.json.encode(text) for text in texts])
        self._prefix = str(uuid.uuid4())[:24].encode()
        self._numbers = itertools.count(1)
        self._closed_loop = job.mode == "closed"
        self._stopped = False

    # -- sockets ---------------------------------------------------------------------------

    async def open(self) -> None:
        """Open every socket and wait for every subscription."""
        gate = asyncio.Semaphore(AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one(seat: Seat) -> None:
            async with gate:
                await loop.create_connection(lambda: seat, "127.0.0.1", self.job.port)
                await seat.opened
                if self.job.beat:
                    self._beat(seat)

        async with asyncio.timeout(OPEN_WITHIN):
            await asyncio.gather(*(one(seat) for seat in self.seats))

    def _beat(self, seat: Seat) -> None:
        """A heart-beat, and the next one in time."""
        seat.write(b"\n")
        asyncio.get_running_loop().call_later(self.job.beat / 1000, self._beat, seat)

    def on_message(self, seat: Seat, frame: bytes) -> None:
        """A delivery; what is no message is passed over."""
        start = frame.find(_ID) + len(_ID)
        place = frame.find(_SEQ, start) + len(_SEQ)
        if start < len(_ID) or place < len(_SEQ):
            return
        seq = int(frame[place : frame.index(b",", place)])
        in_order = seat.last in (0, seq - 1)
        seat.last = seq
        self.tally.delivered(frame[start : start + 36], seat, in_order=in_order)

    def on_receipt(self, seat: Seat, receipt: bytes) -> None:
        """A message is stored; in the closed loop its sender says the next."""
        self.tally.acknowledged(receipt)
        if self._closed_loop and not self._stopped:
            self.say(seat)

    def on_closed(self, seat: Seat, reason: str) -> None:
        """Told on standard error; what the socket misses is counted as lost."""
        sys.stderr.write(f"a socket of {seat.room} ended: {reason}\n")

    # -- sending ---------------------------------------------------------------------------

    def say(self, seat: Seat, late: float = 0) -> None:
        """Send the next message into the seat's room."""
        message_id = b"%s%012x" % (self._prefix, next(self._numbers))
        self.tally.sent(message_id, seat, seat.room, late)
        seat.write(
            b"SEND\ndestination:/pub/chat/room/%s\nreceipt:%s\n\n"
            b'{"messageId":"%s","message":%s}\0'
            % (seat.room.encode(), message_id, message_id, next(self._texts))
        )

    def _end(self) -> None:
        self._stopped = True
        self.tally.end()

    def start(self) -> None:
        """Plan everything: the warm-up, the time that is measured, the end."""
        job, loop = self.job, asyncio.get_running_loop()
        start = loop.time()
        senders = self.seats[: job.senders]
        if self._closed_loop:
            for seat in senders:
                self.say(seat)
        else:
            for number in range(int(job.rate * (job.warm_up + job.seconds))):
                when = start + number / job.rate
                loop.call_at(when, self._planned, senders[number % len(senders)], when)
        loop.call_at(start + job.warm_up, self.tally.begin)
        loop.call_at(start + job.warm_up + job.seconds, self._end)

    def _planned(self, seat: Seat, when: float) -> None:
        self.say(seat, asyncio.get_running_loop().time() - when)

    async def run(self) -> None:
        """The whole job."""
        await self.open()
        gc.freeze()
        gc.disable()  # no pause of this process shall count as a latency of the other
        tell(Event("ready"))
        if self.job.mode == "idle":
            await asyncio.to_thread(sys.stdin.buffer.read)
        else:
            self.start()
            try:
                async with asyncio.timeout(self.job.warm_up + self.job.seconds + SETTLE_WITHIN):
                    await self.tally.all_there.wait()
            except TimeoutError:
                sys.stderr.write(f"not everything arrived within {SETTLE_WITHIN:.0f} s\n")
            tell(Event("result", result=self.tally.result()))
        for seat in self.seats:
            seat.close()


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    await Load(job).run()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_main())
