"""`word_windows`: the words of the last day, one record a batch (`chatstream.domain.windows`).

Keys are `partition:upto`, the last fact a record covers, in 20 digits; values `[after, upto,
{minute: {word: count or [count, in open rooms]}}]`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chatstream.domain.series import MINUTE
from chatstream.domain.windows import WindowBatch, WindowsView
from infra.faust.app import ChatStreamApp
from tables.base import DurableTable
from tables.partition_keyed import PartitionKeyed
from tables.views import Derived


def name_of(upto: int) -> str:
    """The name of a record, in the order of the numbers."""
    return f"{upto:020}"


class Windows(PartitionKeyed):
    """The records by partition, and the windows in memory of every partition held here."""

    def __init__(
        self, app: ChatStreamApp, table: DurableTable, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(app, table)
        self._clock = clock
        self._views = Derived(self, self._new)

    def _new(self, partition: int) -> WindowsView:
        def read(names: Sequence[str]) -> Mapping[str, Any]:
            return self.values(partition, names)

        return WindowsView(read, lambda: int(self._clock() // MINUTE))

    def seen(self, partition: int, cursor: int) -> int:
        """The last fact that a record covers, or the line's cursor where that is farther."""
        rows = self.rows(partition, name_of(cursor + 1))
        return max((value[1] for _, value in rows), default=cursor)

    async def write(self, partition: int, records: Iterable[WindowBatch], cursor: int) -> None:
        """Write new records and remove those that no window needs.

        `cursor` is the line's before this batch: a record after it tells what is counted.
        """
        values: dict[str, Any] = {name_of(batch.upto): batch.pack() for batch in records}
        view = self._views.of(partition)
        if view is not None:
            view.advance()
            values |= dict.fromkeys(n for n in view.garbage if int(n) <= cursor)
        await self.put(partition, values)
        self._views.wrote(partition, values)

    def readable(self) -> dict[int, WindowsView]:
        """The partitions that can be read now."""
        return self._views.readable()
