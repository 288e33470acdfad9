"""The RocksDB store of a table's partitions: batches, each with the changelog offset it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import rocksdict
from faust.stores import rocksdb

from infra.faust.memory import SharedOptions
from infra.faust.metrics import BYTES, KEYS


class FactOrder(Protocol):
    """What the store asks of its table while it takes over a changelog."""

    def is_newer(self, held: bytes, offered: bytes) -> bool:
        """True when the value held is of a later fact than the one a changelog record offers."""
        ...

    def note_stale(self, partition: int, key: bytes) -> None:
        """The changelog's last record of this key is out of date: the store kept a newer value."""
        ...


class MonotoneStore(rocksdb.Store):
    """RocksDB that, reading a changelog, never replaces a value by one of an older fact.

    The table is a FactOrder.
    """

    def __init__(self, url: Any, app: Any, table: Any, **options: Any) -> None:
        super().__init__(url, app, table, **options)
        self._order: FactOrder = table
        self.rocksdb_options = SharedOptions()
        KEYS.watch(self)
        BYTES.watch(self)

    def apply(self, partition: int, rows: Sequence[Any]) -> None:
        """Take over records of a partition's changelog with their offset, atomically."""
        keys = list({row.key for row in rows})
        db = self._db_for_partition(partition)
        held: dict[bytes, bytes | None] = dict(zip(keys, db.get(keys), strict=True))
        changed: dict[bytes, bytes | None] = {}
        for row in rows:
            key, value = row.key, row.value
            old = changed[key] if key in changed else held[key]
            if value is not None and old is not None and self._order.is_newer(old, value):
                self._order.note_stale(partition, key)
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

    def keys_estimated(self) -> int:
        """Keys of the partitions that are open here, as RocksDB estimates them."""
        return self._property("rocksdb.estimate-num-keys")

    def file_bytes(self) -> int:
        """Bytes of the files of the partitions that are open here."""
        return self._property("rocksdb.live-sst-files-size")

    def _property(self, name: str) -> int:
        return sum(db.property_int_value(name) or 0 for db in self._dbs.values())
