"""`chat_added` and `user_added`: counts by the minute of the event's own time.

Keys are `partition:minute` (minutes since 1970), values `[count, last fact number]`. Minutes that
are no longer kept are removed by whoever counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chatstream.domain.series import Minutes
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.partition_keyed import ByMinute
from tables.views import Derived


class MinutesView:
    """The minutes of a partition in memory, as a view of the table."""

    def __init__(self) -> None:
        self.minutes = Minutes()

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """See tables.views.View."""
        for name, value in rows:
            self.put(name, value)
            yield

    def put(self, name: str, value: Any) -> None:
        """See tables.views.View."""
        self.minutes.put(int(name), 0 if value is None else value[0])


class Series(ByMinute):
    """One series: what is in the table, and what can be read of it at once."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self._views = Derived(self, lambda _: MinutesView())

    def read(self, partition: int, minutes: Iterable[str]) -> dict[str, Sequence[int]]:
        """[count, last fact number] of the minutes that have any."""
        return self.values(partition, minutes)

    async def write(
        self, partition: int, changed: Mapping[str, Sequence[int]], oldest: int
    ) -> None:
        """Write whole values by minute, and remove minutes before `oldest`."""
        self._views.wrote(partition, await self.put_since(partition, changed, oldest))

    def readable(self) -> dict[int, Minutes]:
        """The minutes of the partitions that can be read now."""
        return {partition: view.minutes for partition, view in self._views.readable().items()}
