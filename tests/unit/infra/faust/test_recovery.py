"""What a recovery takes over from a fetch, and when it has enough."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from infra.faust import recovery as module
from infra.faust.recovery import BulkRecovery

MINE, OTHERS = TP("words-changelog", 0), TP("words-changelog", 1)


class Table:
    """The offsets that each partition of a table was given, a list for each write."""

    def __init__(self) -> None:
        self.applied: list[tuple[int, list[int]]] = []

    def apply(self, partition: int, rows: Any) -> None:
        self.applied.append((partition, [row.offset for row in rows]))

    def offsets(self, partition: int) -> list[int]:
        return [offset for place, each in self.applied if place == partition for offset in each]


class Rig(BulkRecovery):
    """A recovery of one active partition that lacks the offsets 3 to 9, and of a standby."""

    def __init__(self) -> None:
        self.table = Table()
        tables: Any = SimpleNamespace(standbys_ready=False, on_standbys_ready=self._on_standbys)
        app: Any = SimpleNamespace(consumer=SimpleNamespace(flow_active=True), in_recovery=True)
        super().__init__(SimpleNamespace(conf=SimpleNamespace(stream_recovery_delay=0.0)), tables)
        self.app = app
        self.active_tps, self.standby_tps = {MINE}, {OTHERS}
        kept: Any = self.table
        self.tp_to_table.update(dict.fromkeys((MINE, OTHERS), kept))
        self.active_offsets.update({MINE: 2})
        self.active_highwaters.update({MINE: 9})
        self.standby_offsets.update({OTHERS: -1})
        self.standby_highwaters.update({OTHERS: 4})
        self._set_recovery_started()

    def _on_standbys(self) -> None:
        vars(self.tables)["standbys_ready"] = True


def rows(first: int, last: int) -> Any:
    return [SimpleNamespace(offset=offset) for offset in range(first, last + 1)]


async def test_what_the_table_has_is_passed_over_and_the_last_offset_ends_the_recovery() -> None:
    rig = Rig()
    await rig.take(MINE, rows(0, 8))
    assert rig.table.offsets(0) == [3, 4, 5, 6, 7, 8]
    assert not rig.signal_recovery_end.is_set()
    await rig.take(MINE, rows(7, 9))
    assert rig.table.offsets(0)[-1] == rig.active_offsets[MINE] == 9
    assert rig.signal_recovery_end.is_set()
    assert not rig.in_recovery


async def test_a_recovered_partition_takes_nothing_more_and_a_standby_always() -> None:
    rig = Rig()
    await rig.take(MINE, rows(3, 9))
    await rig.take(MINE, rows(10, 12))
    assert rig.table.offsets(0)[-1] == 9
    await rig.take(OTHERS, rows(0, 3))
    assert not rig.tables.standbys_ready
    await rig.take(OTHERS, rows(4, 4))
    assert rig.tables.standbys_ready
    await rig.take(OTHERS, rows(5, 6))
    assert rig.table.offsets(1) == [0, 1, 2, 3, 4, 5, 6]


async def test_a_partition_that_has_left_is_put_into_no_table() -> None:
    rig = Rig()
    rig.standby_tps.clear()
    await rig.take(OTHERS, rows(0, 3))
    await rig.take(TP("others-changelog", 0), rows(0, 3))
    assert rig.table.applied == []
    assert rig.standby_offsets[OTHERS] == -1


async def test_what_a_rebalance_cuts_off_leaves_no_hole_it_is_read_after_the_next_seek(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_SLICE", 2)
    rig = Rig()
    taking = asyncio.create_task(rig.take(MINE, rows(3, 9)))
    await asyncio.sleep(0)
    vars(rig.app.consumer)["flow_active"] = False
    await taking
    vars(rig.app.consumer)["flow_active"] = True
    await rig.take(MINE, rows(7, 9))
    assert rig.table.offsets(0) == [3, 4]
    assert rig.active_offsets[MINE] == 4
    assert rig.in_recovery
    rig.sought([MINE])
    await rig.take(MINE, rows(5, 9))
    assert rig.table.offsets(0) == [3, 4, 5, 6, 7, 8, 9]


async def test_how_long_it_takes_on_is_told_from_the_second_piece_on() -> None:
    rig = Rig()
    assert rig.active_remaining_seconds(6) == "???"
    for first in (3, 5):
        await rig.take(MINE, rows(first, first + 1))
    assert rig.active_remaining_seconds(3) != "???"


async def test_a_second_recovery_waits_for_its_own_end() -> None:
    rig = Rig()
    await rig.take(MINE, rows(3, 9))
    rig._set_recovery_started()
    assert not rig.signal_recovery_end.is_set()
