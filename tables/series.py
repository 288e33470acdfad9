"""`chat_added` and `user_added`: counts by the minute of the event's own time.

Keys are `partition:minute` (minutes since 1970), values `[count, last fact number]`. Minutes that
are no longer kept are removed by whoever counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chatstream.domain.series import Minutes
from infra.kafka.app import ChatStreamApp
from tables.base import DurableTable
from tables.derived import Derived, key_of, named


class MinutesView:
    """The minutes of a partition in memory, as a view of the table."""

    def __init__(self) -> None:
        self.minutes = Minutes()

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """See tables.derived.View."""
        for name, value in rows:
            self.put(name, value)
            yield

    def put(self, name: str, value: Any) -> None:
        """See tables.derived.View."""
        self.minutes.put(int(name), 0 if value is None else value[0])


class Series:
    """One series: what is in the table, and what can be read of it at once."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        self.app = app
        self.table = table
        self._views = Derived(app, table, lambda _: MinutesView())
        self._pruned: dict[int, int] = {}

    def read(self, partition: int, minutes: Iterable[str]) -> dict[str, Sequence[int]]:
        """[count, last fact number] of the minutes that have any."""
        return named(self.table.read(partition, [key_of(partition, m) for m in set(minutes)]))

    async def write(
        self, partition: int, changed: Mapping[str, Sequence[int]], oldest: int
    ) -> None:
        """Write whole values by minute, and remove minutes before `oldest`."""
        gone = dict.fromkeys(self._older(partition, oldest))
        values: dict[str, Sequence[int] | None] = {**gone, **changed}
        await self.table.write(partition, {key_of(partition, m): v for m, v in values.items()})
        self._pruned[partition] = oldest
        self._views.wrote(partition, values)

    def _older(self, partition: int, oldest: int) -> Iterable[str]:
        if self._pruned.get(partition) == oldest:
            return
        # A cursor has the empty name, which no digit begins.
        for key, _ in self.table.scan(partition, key_of(partition, "0")):
            name = key.partition(":")[2]
            if int(name) >= oldest:
                return
            yield name

    def readable(self) -> dict[int, Minutes]:
        """The minutes of the partitions that can be read now."""
        return {partition: view.minutes for partition, view in self._views.readable().items()}

    def dump(self, partition: int) -> Iterable[tuple[str, Sequence[int]]]:
        """Every minute and its value of a partition."""
        for key, value in self.table.scan(partition, key_of(partition, "0")):
            yield key.partition(":")[2], value
