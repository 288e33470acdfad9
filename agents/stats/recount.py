"""Counting a partition anew from Postgres, up to the cursors of its tables, and comparing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from agents.stats.counters import minute_of, words_of
from chatstream.domain.drift import Difference, Held, Keep, PartitionCounts, differences
from chatstream.domain.series import KEPT, MINUTE
from chatstream.domain.windows import LENGTHS, Window
from chatstream.errors import TransientFailure
from chatstream.ports.counting import FactReader, Tokenizer
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from tables.snapshot import Row

# Facts read and counted at once, and the pause after them: counting yields to everything else.
_CHUNK = 200
_ROWS = 1000
# A minute at the edge of what is kept may be removed in one of the two and not yet in the other.
_EDGE = 10


class Recounter:
    """Recounts from the facts in Postgres, by the same words as the tables."""

    def __init__(
        self,
        reader: FactReader,
        tokenizer: Tokenizer,
        *,
        pause: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = reader
        self._tokenizer = tokenizer
        self._pause = pause
        self._clock = clock

    async def compare(
        self, partition: int, rows: Iterable[Row], keep: Keep = lambda _: True
    ) -> tuple[PartitionCounts, list[Difference]]:
        """What the rows of a partition hold, and every count that is not what it should be.

        Raises TornError as `Held.counts`, TransientFailure when a database is away.
        """
        holding = Held(keep)
        for number, row in enumerate(rows, start=1):
            holding.add(*row)
            if number % _ROWS == 0:
                await asyncio.sleep(0)
        held = holding.counts()
        counted = await self.count(partition, held.messages, held.accounts, keep)
        now = int(self._clock() // MINUTE)
        day, month = now - LENGTHS[Window.DAY] + _EDGE, now - KEPT + _EDGE
        return held, differences(held, counted, day=day, month=month)

    async def count(
        self, partition: int, messages: int, accounts: int, keep: Keep
    ) -> PartitionCounts:
        """The counts of the facts up to these numbers."""
        found = PartitionCounts(messages, accounts)
        now = self._clock()
        async for fact in self._facts(MESSAGE.response.name, partition, messages):
            minute = minute_of(fact.created_at, now)
            if minute is not None and isinstance(fact, records.MessageStored):
                found.chat_added[minute] += 1
            for word, times in words_of(fact, self._tokenizer).items():
                if keep(word):
                    found.words[word] += times
                    found.in_open[word] += times if fact.room_kind == "open" else 0
                    found.rooms[f"{fact.room_id}:{word}"] += times
                    if minute is not None:
                        found.windows[minute, word] += times
        async for fact in self._facts(ACCOUNT.response.name, partition, accounts):
            if isinstance(fact, records.AccountCreated):
                minute = minute_of(fact.created_at, now)
                if minute is not None:
                    found.user_added[minute] += 1
        return found

    async def _facts(self, topic: str, partition: int, upto: int) -> AsyncIterator[Any]:
        for after in range(0, upto, _CHUNK):
            last = min(upto, after + _CHUNK)
            rows = await self._reader.facts(topic, partition, after, last)
            if [number for number, _ in rows] != list(range(after + 1, last + 1)):
                raise TransientFailure(f"{topic}-{partition}: facts up to {last} are not all there")
            for _, body in rows:
                yield codec.decode(topic, body)
            await asyncio.sleep(self._pause)
