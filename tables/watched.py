"""`watched_words`: the uses of each watched word by minute of the messages' own time.

Keys are `partition:minute:word`, values `[count, last fact number, of it in open rooms]`. Minutes
that are no longer kept are removed by whoever counts, as in `tables.series`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chatstream.domain.series import Span
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.partition_keyed import ByMinute
from tables.views import Derived

# (minute, word)
MinuteWord = tuple[int, str]


def name_of(key: MinuteWord) -> str:
    """The name of a word's minute; minutes have eight digits until the year 2160."""
    return f"{key[0]:08}:{key[1]}"


class WatchedMinutes:
    """(count, in open rooms) by word and minute of one partition, in memory."""

    def __init__(self) -> None:
        self._minutes: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """See tables.views.View."""
        for name, value in rows:
            self.put(name, value)
            yield

    def put(self, name: str, value: Any) -> None:
        """See tables.views.View."""
        minute, _, word = name.partition(":")
        if value is None:
            self._minutes[word].pop(int(minute), None)
        else:
            self._minutes[word][int(minute)] = (value[0], value[2])

    def counts(self, word: str, asked: Span) -> tuple[list[int], list[int]]:
        """The count of each point, and the part of it in open rooms."""
        counts, in_open = [0] * len(asked.starts), [0] * len(asked.starts)
        for minute, (count, share) in self._minutes.get(word, {}).items():
            if asked.begin <= minute < asked.end:
                point = (minute - asked.begin) // asked.step
                counts[point] += count
                in_open[point] += share
        return counts, in_open


class WatchedWords(ByMinute):
    """The table, and what can be read of it at once."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self._views = Derived(self, lambda _: WatchedMinutes())

    def read(self, partition: int, keys: Iterable[MinuteWord]) -> dict[MinuteWord, Sequence[int]]:
        """The values of those that have any."""
        asked = {name_of(key): key for key in keys}
        return {asked[name]: value for name, value in self.values(partition, asked).items()}

    async def write(
        self, partition: int, changed: Mapping[MinuteWord, Sequence[int]], oldest: int
    ) -> None:
        """Write whole values, and remove minutes before `oldest`."""
        values = {name_of(key): value for key, value in changed.items()}
        self._views.wrote(partition, await self.put_since(partition, values, oldest))

    def readable(self) -> dict[int, WatchedMinutes]:
        """The partitions that can be read now."""
        return self._views.readable()
