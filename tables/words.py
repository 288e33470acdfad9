"""`word_counts`: the live tallies of words, and the cursor of a fact line.

Keys are `partition:word`, so that a key lies in one partition only. Values are `[count, last fact
number, …]`. The cursor of a line is the key `partition:` of the table that owns it, and always the
last write of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chatstream.domain.ranking import TopWords
from chatstream.domain.words import Changes, Tally
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.partition_keyed import PartitionKeyed, key_of
from tables.views import Derived


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


class TopView:
    """The top list of a partition as a view of its table."""

    def __init__(self, capacity: int) -> None:
        self.top = TopWords(capacity)

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """See tables.views.View."""
        for word, value in rows:
            self.put(word, value)
            yield

    def put(self, name: str, value: Any) -> None:
        """See tables.views.View; the count is the first of a packed tally."""
        self.top.put(name, value[0])


class WordCounts(PartitionKeyed):
    """The tallies by partition and word, and the top list of every partition held here.

    A partition can be read when this worker owns it, has recovered it and has made its top list
    (`readable`).
    """

    def __init__(self, app: ChatStreamApp, table: DurableTable, capacity: int = 4096) -> None:
        super().__init__(app, table)
        self._tops = Derived(self, lambda _: TopView(capacity))

    def read(self, partition: int, words: Iterable[str]) -> dict[str, Tally]:
        """The tallies of those words that the partition has."""
        found = self.values(partition, words)
        return {word: Tally.unpack(value) for word, value in found.items()}

    async def write(self, partition: int, changes: Changes) -> None:
        """Write the tallies; the cursor of the changes is written by `Line.move`, afterwards."""
        packed = {word: tally.pack() for word, tally in changes.tallies.items()}
        await self.put(partition, packed)
        self._tops.wrote(partition, packed)

    def readable(self) -> dict[int, TopWords]:
        """The partitions that can be read now, each with its top list."""
        return {partition: view.top for partition, view in self._tops.readable().items()}

    def dump(self, partition: int) -> Iterator[tuple[str, Tally]]:
        """Every word and tally of a partition."""
        return ((word, Tally.unpack(value)) for word, value in self.rows(partition))
