"""What is measured of an app's group and tables: rebalances, partitions, keys, what recovery lacks.

Sizes are RocksDB's own estimates, asked for with `/metrics`: a key that was written again counts
twice until its files are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import Counter, Histogram

from infra.metrics import ReadGauge, Sample

REBALANCES = Counter("chatstream_rebalances", "rebalances of the group that reached this process")
REBALANCE_SECONDS = Histogram(
    "chatstream_rebalance_duration_seconds",
    "from the beginning of a rebalance until this process has its partitions and its tables",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)


class MemberLoad(Protocol):
    """An app as a member of its group."""

    def partitions_held(self) -> Iterable[tuple[str, int]]:
        """(topic, how many of its partitions are this process' own), changelogs too."""
        ...

    def records_to_recover(self) -> int:
        """Records of changelogs that its tables lack before it serves."""
        ...


class TableSize(Protocol):
    """The store of a table; `table_name` as the table is declared."""

    table_name: str

    def keys_estimated(self) -> int:
        """Keys of its partitions here, copies for others too."""
        ...

    def file_bytes(self) -> int:
        """Bytes of its files."""
        ...


def _held(app: MemberLoad) -> Iterator[Sample]:
    for topic, count in app.partitions_held():
        yield (topic,), count


PARTITIONS: ReadGauge[MemberLoad] = ReadGauge(
    "chatstream_partitions_assigned", "partitions that this process owns", ["topic"], _held
)
TO_RECOVER: ReadGauge[MemberLoad] = ReadGauge(
    "chatstream_tables_recovery_remaining_records",
    "records of changelogs that the tables of this process lack before it serves",
    [],
    lambda app: [((), app.records_to_recover())],
)
KEYS: ReadGauge[TableSize] = ReadGauge(
    "chatstream_table_keys",
    "keys in the partitions of a table that lie here, as RocksDB estimates them",
    ["table"],
    lambda store: [((store.table_name,), store.keys_estimated())],
)
BYTES: ReadGauge[TableSize] = ReadGauge(
    "chatstream_table_file_bytes",
    "bytes of the files of a table here",
    ["table"],
    lambda store: [((store.table_name,), store.file_bytes())],
)
