"""Who may write to a table: the owner that has read all of its changelog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from chatstream.errors import Fenced, TransientFailure
from chatstream.settings import load_settings
from infra.faust.app import new_app
from tables import base
from tables.base import DurableTable

CHANGELOG = "t-changelog"
PLACE = TP(CHANGELOG, 0)


class Kept:
    """The store of a table: its offset, and what was put."""

    def __init__(self, offset: int | None) -> None:
        self.offset = offset
        self.rows: list[Any] = []

    def persisted_offset(self, _: TP) -> int | None:
        return self.offset

    def apply(self, _: int, rows: Any) -> None:
        self.offset = rows[-1].offset

    def put_batch(self, _: int, records: Any, offset: int | None) -> None:
        self.rows += records
        self.offset = offset


def owned_of(topic: str) -> Callable[[str], list[int]]:
    """The worker owns partition 0 of this topic."""
    return lambda asked: [0] if asked == topic else []


class Table(DurableTable):
    """A table over a store with this offset, whose recovery read on from `read_from`."""

    changelog_topic_name = CHANGELOG

    def __init__(self, *, offset: int | None, read_from: int, assigned: bool = True) -> None:
        recovery = SimpleNamespace(active_offsets={PLACE: read_from})
        self.app = SimpleNamespace(
            owned=owned_of(CHANGELOG if assigned else "another"),
            pauses=SimpleNamespace(check=lambda: None),
            tables=SimpleNamespace(recovery=recovery),
        )
        self._writers = defaultdict(base._Writer)
        self._opened = set()
        self._data: Any = Kept(offset)


@pytest.fixture
def changelog(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The keys of the records that the broker has."""
    kept: list[bytes] = []

    async def send(_app: Any, _topic: str, _partition: int, records: Any) -> list[tuple[int, int]]:
        first = len(kept)
        kept.extend(key for key, _ in records)
        return [(first, len(records))]

    monkeypatch.setattr(base, "send_batches", send)
    return kept


async def test_a_partition_that_is_not_assigned_waits(
    changelog: list[bytes],
) -> None:
    table = Table(offset=None, read_from=-1, assigned=False)
    with pytest.raises(TransientFailure, match="t-changelog-0 is not assigned"):
        await table.write(0, {"a": [1, 1]})
    assert changelog == []


async def test_the_first_record_of_all_is_written_by_who_read_nothing(
    changelog: list[bytes],
) -> None:
    table = Table(offset=None, read_from=-1)
    await table.write(0, {"a": [1, 1], "b": [1, 1]})
    await table.write(0, {"a": [2, 2]})
    assert table.data.offset == 2
    assert len(changelog) == 3


async def test_a_changelog_that_was_emptied_goes_on_where_it_ends(changelog: list[bytes]) -> None:
    changelog += [b"x", b"y", b"z"]
    table = Table(offset=0, read_from=2)
    await table.write(0, {"a": [1, 1]})
    assert table.data.offset == 3


@pytest.mark.parametrize("offset", [None, 0])
async def test_who_has_not_read_all_of_the_changelog_ends(
    changelog: list[bytes], offset: int | None
) -> None:
    changelog += [b"x", b"y"]
    table = Table(offset=offset, read_from=-1)
    with pytest.raises(Fenced, match="another process writes to it"):
        await table.write(0, {"a": [1, 1]})
    assert table.data.rows == []


async def test_what_another_process_wrote_is_told_and_where_the_next_write_goes_is_read_anew(
    changelog: list[bytes], tmp_path: Path
) -> None:
    table = base.declare(new_app(load_settings(data_dir=tmp_path), "t"), "t", "help")
    told: list[int] = []
    table.on_foreign_change.append(told.append)
    table.app = Table(offset=None, read_from=-1).app
    table.app.owned = owned_of(table.changelog_topic_name)
    kept: Any = Kept(None)
    table._data = kept
    await table.write(0, {"a": [1, 1]})
    changelog += [b"x", b"y"]
    table.apply(0, [SimpleNamespace(offset=1), SimpleNamespace(offset=2)])
    await table.write(0, {"a": [2, 2]})
    assert told == [0]
    assert kept.offset == 3
