"""What a worker keeps in memory beside a table, for answers that must not read all of it.

A view of a partition is made by going through the partition once, in slices, and follows every
write from then on. It is forgotten when another process writes to the partition.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from tables.partition_keyed import PartitionKeyed

log = logging.getLogger(__name__)

# Keys read from RocksDB at once while a view is made, before others get their turn.
_SLICE = 2000


class View(Protocol):
    """What is kept of one partition."""

    def load(self, rows: Iterable[tuple[str, Any]]) -> Iterator[None]:
        """Take over rows of (name, value); yields where others may have their turn."""
        ...

    def put(self, name: str, value: Any) -> None:
        """Take over one new value; None: it is gone."""
        ...


V = TypeVar("V", bound=View)


@dataclass
class _Making(Generic[V]):
    """A view that is being made, and the names written since it began."""

    view: V
    written: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class Derived(Generic[V]):
    """The views of the partitions that this worker owns and has recovered."""

    def __init__(self, rows: PartitionKeyed, new: Callable[[int], V]) -> None:
        self.app = rows.app
        self.table = rows.table
        self._rows = rows
        self._new = new
        self._views: dict[int, V] = {}
        self._making: dict[int, _Making[V]] = {}
        self.table.on_foreign_change.append(self._forget)
        self.table.on_recover(self._recovered)

    def wrote(self, partition: int, values: Mapping[str, Any]) -> None:
        """The values of these names were written to the table."""
        making = self._making.get(partition)
        view = making.view if making is not None else self._views.get(partition)
        if view is not None:
            for name, value in values.items():
                view.put(name, value)
        if making is not None:
            making.written.update(values)

    def readable(self) -> dict[int, V]:
        """The views of the partitions that can be read now."""
        if not self.app.serving:
            return {}
        active = self.table.active_partitions()
        return {p: view for p, view in self._views.items() if p in active}

    def of(self, partition: int) -> V | None:
        """The view of a partition, for whoever writes it; None while there is none."""
        return self._views.get(partition)

    def _forget(self, partition: int) -> None:
        self._views.pop(partition, None)
        making = self._making.pop(partition, None)
        if making is not None and making.task is not None:
            making.task.cancel()

    async def _recovered(self) -> None:
        active = self.table.active_partitions()
        for partition in set(self._views) | set(self._making):
            if partition not in active:
                self._forget(partition)
        for partition in active:
            if partition not in self._views and partition not in self._making:
                making = self._making[partition] = _Making(self._new(partition))
                name = f"view-{self.table.name}-{partition}"
                making.task = asyncio.create_task(self._make(partition, making), name=name)
                making.task.add_done_callback(_log_failure)

    async def _make(self, partition: int, making: _Making[V]) -> None:
        """Go through a snapshot of the partition; what is written meanwhile is newer than it."""
        rows = _unwritten(self._rows.rows(partition), making.written)
        for number, _ in enumerate(making.view.load(rows), start=1):
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        del self._making[partition]
        self._views[partition] = making.view


def _unwritten(rows: Iterable[tuple[str, Any]], written: set[str]) -> Iterator[tuple[str, Any]]:
    """The rows without what was written since."""
    return ((name, value) for name, value in rows if name not in written)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s was not made", task.get_name(), exc_info=task.exception())
