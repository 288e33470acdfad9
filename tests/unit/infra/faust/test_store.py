"""The store of a table, on a real RocksDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.faust import memory
from infra.faust.store import MonotoneStore
from tests.samples import Since, sample


@pytest.fixture
def store(tmp_path: Path) -> MonotoneStore:
    app: Any = SimpleNamespace(conf=SimpleNamespace(tabledir=tmp_path, table_key_index_size=10))
    table: Any = SimpleNamespace(name="t", changelog_topic_name="changelog")
    made = MonotoneStore(
        "rocksdb://",
        app,
        table,
        table_name="t",
        key_type=str,
        key_serializer="json",
        value_serializer="json",
        value_type=None,
        options={},
    )
    made.put_batch(0, [(f'"{n}"'.encode(), b"[1]") for n in range(7)], offset=41)
    return made


def keys(found: Iterator[tuple[bytes, bytes]]) -> str:
    return b"".join(key for key, _ in found).decode().replace('"', "")


def test_entries_are_read_from_a_key_on_which_need_not_be_there(store: MonotoneStore) -> None:
    assert keys(store.scan(0, b'"2"')) == "23456"
    store.put_batch(0, [(b'"2"', None)], offset=42)
    assert keys(store.scan(0, b'"2"')) == "3456"
    assert keys(store.scan(0, b'"7"')) == ""


def test_the_changelogs_offset_is_no_entry(store: MonotoneStore) -> None:
    assert keys(store.scan(0)) == "0123456"


def test_all_tables_of_a_process_share_one_bound_of_buffers(store: MonotoneStore) -> None:
    before = memory.buffers().get_usage()
    for partition in range(1, 4):
        store.put_batch(partition, [(b"%d" % n, bytes(1000)) for n in range(500)], offset=1)
    assert memory.buffers().get_usage() >= before + 1_500_000
    assert memory.buffers().get_buffer_size() == memory.BUFFERS


def test_its_size_is_told_while_its_partitions_are_open(store: MonotoneStore) -> None:
    moved = Since()
    store.put_batch(1, [(b'"x"', b"[1]")], offset=3)
    assert moved("table_keys", table="t") == 2  # the entry, and the offset of its partition
    store._dbs[0].flush()
    assert moved("table_file_bytes", table="t") > 0
    store._dbs.clear()  # as when Faust gives its partitions back
    assert sample("table_keys", table="t") == sample("table_file_bytes", table="t") == 0
