"""The table class of the program: Faust's changelog, recovery and standbys, with our own writes.

A Faust table writes to RocksDB first and sends the changelog record some time later, so a crash in
between leaves a local value that no other worker ever gets, and a commit does not wait for the
changelog. Here a batch is written as a whole: the changelog first, and when the broker has all of
it, RocksDB together with the changelog offset in one atomic write.

A worker that was paused while its partition moved may still write when it wakes. It ends at the
next write (`infra.kafka.pauses`); what slips through is harmless: every value carries its fact
number, and a record that is older than the value held is passed over when a changelog is read, and
written anew by the owner. And the offsets of a partition with one writer follow one another: a
writer that finds a foreign record between its own ends the process, and the next one recovers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import faust
import msgspec
import rocksdict
from faust import stores
from faust.stores import rocksdb
from faust.types import TP

from chatstream.errors import Fenced, TransientFailure
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import send_batches
from tables.memory import SharedOptions

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class MonotoneStore(rocksdb.Store):
    """RocksDB that, reading a changelog, never replaces a value by one of an older fact."""

    table: DurableTable

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rocksdb_options = SharedOptions()

    def apply(self, partition: int, rows: Sequence[Any]) -> None:
        """Take over records of a partition's changelog with their offset, atomically."""
        keys = list({row.key for row in rows})
        db = self._db_for_partition(partition)
        held: dict[bytes, bytes | None] = dict(zip(keys, db.get(keys), strict=True))
        changed: dict[bytes, bytes | None] = {}
        for row in rows:
            key, value = row.key, row.value
            old = changed[key] if key in changed else held[key]
            if value is not None and old is not None and self.table.is_newer(old, value):
                self.table.note_stale(partition, key)
            else:
                changed[key] = value
        self.put_batch(partition, changed.items(), rows[-1].offset)

    def put_batch(
        self, partition: int, records: Iterable[tuple[bytes, bytes | None]], offset: int | None
    ) -> None:
        """Write the records and the offset of the last changelog record they came from, at once."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in records:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if offset is not None:
            batch.put(self.offset_key, str(offset).encode())
        self._db_for_partition(partition).write(batch)

    def get_many(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of the keys in one partition, in their order."""
        found: list[bytes | None] = self._db_for_partition(partition).get(list(keys))
        return found

    def scan(self, partition: int, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Keys and values of one partition as they are now, from `start` on, in key order."""
        items = self._db_for_partition(partition).items(from_key=start or None)
        return ((key, value) for key, value in items if key != self.offset_key)


@dataclass
class _Writer:
    """What this process knows of a partition it writes: the next offset (None: unknown)."""

    next_offset: int | None = None
    stale: set[bytes] = field(default_factory=set)


class DurableTable(faust.Table):
    """A table with string keys and JSON values, each a list with a fact number at `fact_at`.

    Keys are unique over all partitions. Only the owner of a partition may write to it, one write at
    a time per partition.
    """

    fact_at: int = 1
    data: Any
    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writers: dict[int, _Writer] = defaultdict(_Writer)
        self._opened: set[int] = set()
        self.on_foreign_change: list[Callable[[int], None]] = []

    def _new_store_by_url(self, url: Any) -> Any:
        if stores.by_url(url) is not rocksdb.Store:
            return super()._new_store_by_url(url)
        return MonotoneStore(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            key_serializer=self.key_serializer,
            value_serializer=self.value_serializer,
            value_type=self.value_type,
            loop=self.loop,
            options=dict(self.options or {}),
        )

    # -- reading -----------------------------------------------------------------------------

    def read(self, partition: int, keys: Sequence[str]) -> dict[str, Any]:
        """The values of those keys that the partition has; also outside of an agent."""
        # In order RocksDB finds and takes keys a quarter faster.
        ordered = sorted(keys)
        found = self.data.get_many(partition, [_encode(key) for key in ordered])
        return {
            key: _decode(value)
            for key, value in zip(ordered, found, strict=True)
            if value is not None
        }

    def scan(self, partition: int, start: str = "") -> Iterator[tuple[str, Any]]:
        """Keys and values of a partition as they are now, in the order of the encoded keys.

        It begins with the first key that is `start` or begins with it or follows it.
        """
        rows = self.data.scan(partition, _encode(start)[:-1] if start else b"")
        return ((_decode(key), _decode(value)) for key, value in rows)

    def active_partitions(self) -> set[int]:
        """The partitions that are assigned to this worker as their owner."""
        topic = self.changelog_topic_name
        return {tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == topic}

    # -- writing -----------------------------------------------------------------------------

    async def write(self, partition: int, changes: Mapping[str, Any]) -> None:
        """Write values (None deletes); when it returns, the changelog and RocksDB have all of it.

        Raises TransientFailure when the broker did not take all, or while the table's partition is
        not assigned to this worker, so that it has not been recovered: repeat the whole write.
        Raises Fenced when another process has written to the partition, or may have: after a pause.
        """
        place = TP(self.changelog_topic_name, partition)
        if place not in self.app.assignor.assigned_actives():
            raise TransientFailure(f"{place.topic}-{partition} is not assigned to this worker")
        writer = self._writer(place)
        records = [
            (_encode(key), None if (value := changes[key]) is None else _encode(value))
            for key in sorted(changes)
        ]
        records += self._to_heal(partition, writer, {key for key, _ in records})
        if not records:
            return
        self.app.pauses.check()
        try:
            spans = await send_batches(self.app, self.changelog_topic_name, partition, records)
        except TransientFailure:
            writer.next_offset = None  # some of it may have been written
            raise
        self._advance(partition, writer, spans)
        last = None if writer.next_offset is None else writer.next_offset - 1
        self.data.put_batch(partition, records, last)
        writer.stale.clear()

    def _writer(self, place: TP) -> _Writer:
        writer = self._writers[place.partition]
        if place.partition not in self._opened:
            # What was read; or what recovery takes for the beginning, where that is later.
            read = self.data.persisted_offset(place)
            begin = self.app.tables.recovery.active_offsets.get(place)
            known = [offset for offset in (read, begin) if offset is not None]
            writer.next_offset = max(known) + 1 if known else None
            self._opened.add(place.partition)
        return writer

    def _to_heal(
        self, partition: int, writer: _Writer, written: set[bytes]
    ) -> list[tuple[bytes, bytes]]:
        keys = [key for key in writer.stale if key not in written]
        if not keys:
            return []
        found = self.data.get_many(partition, keys)
        return [(key, value) for key, value in zip(keys, found, strict=True) if value is not None]

    def _advance(self, partition: int, writer: _Writer, spans: Sequence[tuple[int, int]]) -> None:
        for first, count in spans:
            if first < 0:
                writer.next_offset = None
                continue
            if writer.next_offset is not None and first != writer.next_offset:
                raise Fenced(
                    f"{self.changelog_topic_name}-{partition}: offset {first} follows "
                    f"{writer.next_offset - 1}: another process writes to it"
                )
            writer.next_offset = first + count

    # -- what Faust, recovery and the store call ---------------------------------------------

    async def on_rebalance(
        self, assigned: Any, revoked: Any, newly_assigned: Any, generation_id: int = 0
    ) -> None:
        """Forget the offsets (they are read anew from what recovery writes) and old pauses."""
        self._opened.clear()
        self.app.pauses.forget()
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def apply(self, partition: int, rows: Sequence[Any]) -> None:
        """Take over records of a partition's changelog: what was derived from it is out of date."""
        self.data.apply(partition, rows)
        self._opened.discard(partition)
        for listener in self.on_foreign_change:
            listener(partition)

    def is_newer(self, held: bytes, offered: bytes) -> bool:
        """True when the value held is of a later fact than the one a changelog record offers."""
        return bool(_decode(held)[self.fact_at] > _decode(offered)[self.fact_at])

    def note_stale(self, partition: int, key: bytes) -> None:
        """The changelog's last record of this key is out of date: the next write repeats it."""
        self._writers[partition].stale.add(key)


def declare(app: ChatStreamApp, name: str, help_text: str, *, fact_at: int = 1) -> DurableTable:
    """A table in RocksDB, one changelog partition a partition; `fact_at` as in DurableTable."""
    table = DurableTable(
        app,
        name=name,
        default=None,
        key_type=str,
        partitions=app.conf.topic_partitions,
        help=help_text,
    )
    table.fact_at = fact_at
    app.tables.add(table)
    return table
