"""`word_counts`, `chat_added`, `user_added`: the live tables of the stats service.

Keys are `partition:word` and `partition:minute` (minutes since 1970, of the event's own time), so
that a key lies in one partition only. Values are `[count, last fact number, …]`. The cursor of a
line is the key `partition:` of the table that owns it, and always the last write of a batch.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chatstream.domain.ranking import TopWords
from chatstream.domain.words import Changes, Tally
from infra.kafka.app import ChatStreamApp
from tables.base import DurableTable, declare

log = logging.getLogger(__name__)

# Keys read from RocksDB at once while a top list is made, before others get their turn.
_SLICE = 2000


def key_of(partition: int, name: str) -> str:
    """The key of a word or a minute in a partition; of the cursor when the name is empty."""
    return f"{partition}:{name}"


class Line:
    """The cursor of one fact line, kept in a table."""

    def __init__(self, table: DurableTable) -> None:
        self.table = table

    def cursor(self, partition: int) -> int:
        """The last fact number that is counted, 0 at the beginning."""
        key = key_of(partition, "")
        found = self.table.read(partition, [key])
        return int(found[key][1]) if key in found else 0

    async def move(self, partition: int, cursor: int) -> None:
        """Write the cursor, after everything it stands for."""
        await self.table.write(partition, {key_of(partition, ""): [0, cursor]})


class Series:
    """Counts by minute."""

    def __init__(self, table: DurableTable) -> None:
        self.table = table

    def read(self, partition: int, minutes: Iterable[str]) -> dict[str, Sequence[int]]:
        """[count, last fact number] of the minutes that have any."""
        return _named(self.table.read(partition, [key_of(partition, m) for m in set(minutes)]))

    async def write(self, partition: int, changed: Mapping[str, Sequence[int]]) -> None:
        """Write whole values by minute."""
        await self.table.write(partition, {key_of(partition, m): v for m, v in changed.items()})


@dataclass
class _Making:
    """A top list that is being made, and the words written since it began."""

    partition: int
    top: TopWords
    written: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class WordCounts:
    """The tallies by partition and word, and the top list of every partition held here.

    A partition can be read when this worker owns it, has recovered it and has made its top list
    (`readable`).
    """

    def __init__(self, app: ChatStreamApp, table: DurableTable, capacity: int = 4096) -> None:
        self.app = app
        self.table = table
        self.capacity = capacity
        self._tops: dict[int, TopWords] = {}
        self._making: dict[int, _Making] = {}
        table.on_foreign_change.append(self._forget)
        table.on_recover(self._recovered)

    def read(self, partition: int, words: Iterable[str]) -> dict[str, Tally]:
        """The tallies of those words that the partition has."""
        found = self.table.read(partition, [key_of(partition, word) for word in words])
        return {word: Tally.unpack(value) for word, value in _named(found).items()}

    async def write(self, partition: int, changes: Changes) -> None:
        """Write the tallies; the cursor of the changes is written by `Line.move`, afterwards."""
        values = {key_of(partition, word): t.pack() for word, t in changes.tallies.items()}
        await self.table.write(partition, values)
        making = self._making.get(partition)
        top = making.top if making is not None else self._tops.get(partition)
        if top is not None:
            for word, tally in changes.tallies.items():
                top.put(word, tally.count)
        if making is not None:
            making.written.update(changes.tallies)

    def readable(self) -> dict[int, TopWords]:
        """The partitions that can be read now, each with its top list."""
        if not self.app.serving:
            return {}
        active = self.table.active_partitions()
        return {p: top for p, top in self._tops.items() if p in active}

    def dump(self, partition: int) -> Iterable[tuple[str, Tally]]:
        """Every word and tally of a partition."""
        for key, value in self.table.scan(partition):
            word = key.partition(":")[2]
            if word:
                yield word, Tally.unpack(value)

    # -- top lists ---------------------------------------------------------------------------

    def _forget(self, partition: int) -> None:
        self._tops.pop(partition, None)
        making = self._making.pop(partition, None)
        if making is not None and making.task is not None:
            making.task.cancel()

    async def _recovered(self) -> None:
        active = self.table.active_partitions()
        for partition in set(self._tops) | set(self._making):
            if partition not in active:
                self._forget(partition)
        for partition in active:
            if partition not in self._tops and partition not in self._making:
                making = self._making[partition] = _Making(partition, TopWords(self.capacity))
                making.task = asyncio.create_task(self._make(making), name=f"top-{partition}")
                making.task.add_done_callback(_log_failure)

    async def _make(self, making: _Making) -> None:
        """Go through a snapshot of the partition; what is written meanwhile is newer than it."""
        partition, top = making.partition, making.top
        for number, (word, tally) in enumerate(self.dump(partition), start=1):
            if word not in making.written:
                top.put(word, tally.count)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        del self._making[partition]
        self._tops[partition] = top


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a top list was not made", exc_info=task.exception())


V = TypeVar("V")


def _named(found: Mapping[str, V]) -> dict[str, V]:
    return {key.partition(":")[2]: value for key, value in found.items()}


@dataclass(frozen=True)
class StatsTables:
    """The tables of the stats service and the cursors of the lines they follow."""

    words: WordCounts
    chat_added: Series
    user_added: Series
    messages: Line
    accounts: Line


def declare_stats(app: ChatStreamApp) -> StatsTables:
    """Declare the tables on the stats app."""
    words = declare(app, "word_counts", "uses of each word by partition of the room")
    chat_added = declare(app, "chat_added", "messages by minute")
    user_added = declare(app, "user_added", "signups by minute")
    return StatsTables(
        words=WordCounts(app, words),
        chat_added=Series(chat_added),
        user_added=Series(user_added),
        messages=Line(words),
        accounts=Line(user_added),
    )
