"""`room_word_counts`: how often each word was said in each room, for the room's members.

Keys are `partition:room:word`, values `[count, last fact number]`. The top list of a room is made
when somebody asks, by going through the room once, and follows every write while it is kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chatstream.domain.ranking import TopWords
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.partition_keyed import PartitionKeyed

# Top lists kept at once, and words of each.
_ROOMS = 200
_CAPACITY = 1000
_SLICE = 2000


def name_of(room_id: str, word: str) -> str:
    """The name of a room's word in its partition; room ids have no colon."""
    return f"{room_id}:{word}"


class RoomWords(PartitionKeyed):
    """The counts by room and word."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self._tops: OrderedDict[tuple[int, str], TopWords] = OrderedDict()
        table.on_foreign_change.append(self._forget)

    def read(self, partition: int, names: Iterable[str]) -> dict[str, Sequence[int]]:
        """[count, last fact number] of those that have any, by `name_of`."""
        return self.values(partition, names)

    async def write(self, partition: int, changed: Mapping[str, Sequence[int]]) -> None:
        """Write whole values by `name_of`."""
        await self.put(partition, changed)
        tops = {room_id: top for (place, room_id), top in self._tops.items() if place == partition}
        if not tops:
            return
        for name, value in changed.items():
            room_id, _, word = name.partition(":")
            if room_id in tops:
                tops[room_id].put(word, value[0])

    def is_readable(self, partition: int) -> bool:
        """Whether this worker owns the partition and has recovered it."""
        return self.app.serving and partition in self.table.active_partitions()

    async def top(self, partition: int, room_id: str, limit: int) -> list[tuple[str, int]] | None:
        """The most said words of a room and their counts, most first; None: not readable here."""
        if not self.is_readable(partition):
            return None
        top = self._tops.get((partition, room_id))
        if top is None or top.is_thin:
            top = await self._make(partition, room_id)
        else:
            self._tops.move_to_end((partition, room_id))
        words, _ = top.top(limit)
        counts = self.read(partition, [name_of(room_id, word) for word in words])
        found = [(word, counts[name_of(room_id, word)][0]) for word in words]
        still = self.is_readable(partition)
        return [one for one in found if one[1] > 0] if still else None

    async def _make(self, partition: int, room_id: str) -> TopWords:
        """Go through the room; what is written meanwhile is read again at the end."""
        made = TopWords(_CAPACITY)
        written = self._tops[partition, room_id] = _Written(_CAPACITY)
        for number, (word, count) in enumerate(self._words(partition, room_id), start=1):
            made.put(word, count)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        for word, count in written.counts.items():
            made.put(word, count)
        if self._tops.get((partition, room_id)) is written:
            self._tops[partition, room_id] = made
            while len(self._tops) > _ROOMS:
                self._tops.popitem(last=False)
        return made

    def _words(self, partition: int, room_id: str) -> Iterator[tuple[str, int]]:
        begin = name_of(room_id, "")
        for name, value in self.rows(partition, begin):
            if not name.startswith(begin):
                return
            yield name[len(begin) :], value[0]

    def _forget(self, partition: int) -> None:
        for key in [key for key in self._tops if key[0] == partition]:
            del self._tops[key]


class _Written(TopWords):
    """Stands in for a list that is being made: remembers what is written."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.counts: dict[str, int] = {}

    def put(self, word: str, count: int) -> None:
        """Remember it."""
        self.counts[word] = count

    @property
    def is_thin(self) -> bool:
        """Never good for an answer."""
        return True
