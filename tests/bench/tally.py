"""What became of every message of a load: acknowledged, delivered, in order, when."""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Hashable
from time import perf_counter

from tests.bench.latency import summary
from tests.bench.wire import Event, Result, tell


class Tally:
    """Counts for one load. `audience` is how many sockets each room has.

    Rates and latencies are of the time between `begin` and `end`; losses are of everything.
    """

    def __init__(self, audience: Counter[str]) -> None:
        self._audience = audience
        self._sent: dict[bytes, tuple[float, Hashable]] = {}
        self._unanswered: set[bytes] = set()
        self._acks = array("d")
        self._deliveries = array("d")
        self._late = array("d")
        self._counts = [0, 0]
        self._due = 0
        self._disordered = 0
        self._ended = False
        self._began = 0.0
        self._seconds = 0.0
        self._measuring = False
        self.all_there = asyncio.Event()

    def begin(self) -> None:
        """Measure from here on."""
        tell(Event("begin"))
        self._counts = [0, 0]
        self._measuring = True
        self._began = perf_counter()

    def end(self) -> None:
        """Measure no more; nothing is sent from here on."""
        self._seconds = perf_counter() - self._began
        self._measuring = False
        tell(Event("end"))
        self._ended = True
        self._look()

    def sent(self, message_id: bytes, sender: Hashable, room: str, late: float = 0) -> None:
        """A message went out, `late` seconds after its time."""
        self._sent[message_id] = (perf_counter(), sender)
        self._unanswered.add(message_id)
        self._due += self._audience[room]
        if self._measuring:
            self._late.append(late)

    def acknowledged(self, message_id: bytes) -> None:
        """Its receipt came."""
        if message_id not in self._unanswered:
            return
        self._unanswered.discard(message_id)
        if self._measuring:
            self._counts[0] += 1
            self._acks.append(perf_counter() - self._sent[message_id][0])
        elif self._ended:
            self._look()

    def delivered(self, message_id: bytes, receiver: Hashable, *, in_order: bool) -> None:
        """A socket was shown it."""
        known = self._sent.get(message_id)
        if known is None:
            return
        self._due -= 1
        if not in_order:
            self._disordered += 1
        if self._measuring:
            self._counts[1] += 1
            if receiver is not known[1]:
                self._deliveries.append(perf_counter() - known[0])
        elif self._ended:
            self._look()

    def _look(self) -> None:
        if not self._unanswered and self._due <= 0:
            self.all_there.set()

    def result(self) -> Result:
        """The sum of it."""
        return Result(
            seconds=self._seconds,
            acknowledged=self._counts[0],
            delivered=self._counts[1],
            sent=len(self._sent),
            lost=self._due,
            disordered=self._disordered,
            unanswered=len(self._unanswered),
            ack=summary(self._acks),
            delivery=summary(self._deliveries),
            late=summary(self._late),
        )
