"""The table class of the program: a batch can wait until the changelog has all it wrote.

Faust commits a source offset without waiting for the changelog records that belong to it, so a
crash right after the commit would lose a table write for good.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faust
from faust.streams import _current_event
from faust.types import EventT

# Faust's defaults are 64 MiB write buffers, a 2 GiB block cache and 90 % of the file descriptors
# per table and partition.
_OPTIONS = {
    "write_buffer_size": 4 << 20,
    "max_write_buffer_number": 2,
    "block_cache_size": 16 << 20,
    "max_open_files": 128,
}


class CollectingTable(faust.Table):
    """A table that keeps the futures of its changelog records until they are taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sent: list[Any] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> Any:
        """Send the changelog record and keep its future."""
        future = super().send_changelog(*args, **kwargs)
        self._sent.append(future)
        return future

    def take_futures(self) -> list[Any]:
        """The futures of everything written since the last call."""
        taken, self._sent = self._sent, []
        return taken


def declare(app: faust.App, name: str, help_text: str) -> CollectingTable:
    """A table in RocksDB with string keys and JSON values, one changelog partition a partition."""
    table = CollectingTable(
        app,
        name=name,
        default=None,
        key_type=str,
        partitions=app.conf.topic_partitions,
        options=dict(_OPTIONS),
        help=help_text,
    )
    app.tables.add(table)
    return table


@contextmanager
def writing_for(event: EventT) -> Iterator[None]:
    """Table writes inside go to the event's partition (Faust takes it from a context variable)."""
    token = _current_event.set(weakref.ref(event))
    try:
        yield
    finally:
        _current_event.reset(token)


async def written(*tables: CollectingTable) -> None:
    """Wait until the changelog has everything the tables wrote since the last call.

    Raises what the producer raised; the caller repeats its batch.
    """
    futures = [future for table in tables for future in table.take_futures()]
    if futures:
        await asyncio.gather(*futures)
