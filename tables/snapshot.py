"""All tables of a partition as they are at one moment, to be compared with a recount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tables.stats import StatsTables

# (table, name in the partition, value); a line's cursor has the empty name.
Row = tuple[str, str, Any]


def is_readable(tables: StatsTables, partition: int) -> bool:
    """Whether this worker owns the partition and has recovered all of it."""
    return partition in tables.words.readable() and partition in tables.user_added.readable()


def rows_of(tables: StatsTables, partition: int) -> Iterator[Row]:
    """Every row of the partition.

    The moment may lie within a batch: then some facts are after the cursor, and whoever compares
    asks again.
    """
    kept = [
        tables.words.table,
        tables.windows.table,
        tables.room_words.table,
        tables.watched.table,
        tables.chat_added.table,
        tables.user_added.table,
    ]
    # Every iterator is made now, so all of them see this moment, however late they are read.
    scans = [(table.name, table.scan(partition)) for table in kept]
    return ((name, key.partition(":")[2], value) for name, scan in scans for key, value in scan)
