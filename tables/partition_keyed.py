"""A table whose keys are `partition:name`, so that a key lies in one partition only.

The empty name is the cursor of a fact line (`tables.words.Line`), in the table that owns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.faust.app import ChatStreamApp
from tables.base import DurableTable

# Digits of a minute since 1970, until the year 2160.
_MINUTE = 8


def key_of(partition: int, name: str) -> str:
    """The key of a name in a partition; of the cursor when the name is empty."""
    return f"{partition}:{name}"


class PartitionKeyed:
    """The rows of a table by name."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        self.app = app
        self.table = table

    def values(self, partition: int, names: Iterable[str]) -> dict[str, Any]:
        """The values of those names that the partition has."""
        prefix = key_of(partition, "")
        found = self.table.read(partition, [prefix + name for name in names])
        return {key[len(prefix) :]: value for key, value in found.items()}

    async def put(self, partition: int, values: Mapping[str, Any]) -> None:
        """Write values (None deletes); as DurableTable.write."""
        prefix = key_of(partition, "")
        await self.table.write(partition, {prefix + n: value for n, value in values.items()})

    def rows(self, partition: int, start: str = "") -> Iterator[tuple[str, Any]]:
        """Every name from `start` on and its value, as they are now; without the cursor."""
        rows = self.table.scan(partition, key_of(partition, start) if start else "")
        return ((name, value) for key, value in rows if (name := key.partition(":")[2]))

    def dump(self, partition: int) -> Iterator[tuple[str, Any]]:
        """Every name and value of a partition, for a recount."""
        return self.rows(partition)


class ByMinute(PartitionKeyed):
    """Rows whose names begin with a minute of eight digits; old minutes go with the next write."""

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        super().__init__(app, table)
        self._pruned: dict[int, int] = {}

    async def put_since(
        self, partition: int, values: Mapping[str, Any], oldest: int
    ) -> dict[str, Any]:
        """Write values and remove all minutes before `oldest`; returns what was written."""
        written = {**dict.fromkeys(self._older(partition, oldest)), **values}
        await self.put(partition, written)
        self._pruned[partition] = oldest
        return written

    def _older(self, partition: int, oldest: int) -> Iterable[str]:
        if self._pruned.get(partition) == oldest:
            return
        # The first digit, so that a cursor is not even looked at.
        for name, _ in self.rows(partition, "0"):
            if int(name[:_MINUTE]) >= oldest:
                return
            yield name
