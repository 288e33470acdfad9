"""The series' table: old minutes go, and what is read in memory equals what is kept."""

from __future__ import annotations

import asyncio
from typing import Any

from tables.series import Series
from tests.client.waiting import eventually
from tests.fakes.tables import FakeTable, fake_app


def new_series(table: FakeTable) -> Series:
    app, fake = fake_app(), table  # typed as what they stand for
    series: Any = Series(app, fake)  # type: ignore[arg-type]
    made: Series = series
    return made


async def test_minutes_are_kept_until_they_are_too_old() -> None:
    table = FakeTable()
    table.rows[3] = {"3:": [0, 7]}
    series = new_series(table)
    await series.write(3, {"29000000": [1, 1], "29000001": [2, 3], "29000002": [1, 4]}, 28000000)
    await series.write(3, {"29000009": [1, 5]}, 29000002)
    assert [minute for minute, _ in series.dump(3)] == ["29000002", "29000009"]
    assert table.rows[3]["3:"] == [0, 7]


async def test_a_new_owner_reads_what_the_former_one_wrote() -> None:
    table = FakeTable()
    series = new_series(table)
    await series.write(0, {"29000000": [4, 1], "29000001": [2, 3]}, 0)
    await table.recover()
    await series.write(0, {"29000001": [3, 4], "29000002": [1, 5]}, 29000000)

    async def is_read() -> bool:
        return 0 in series.readable()

    await eventually(is_read, 10)
    minutes = series.readable()[0]
    assert [minutes.sum(m, m + 1) for m in range(28999999, 29000004)] == [0, 4, 3, 1, 0]


async def test_what_a_view_lacks_is_not_read() -> None:
    table = FakeTable()
    series = new_series(table)
    await series.write(0, {"29000000": [4, 1]}, 0)
    assert series.readable() == {}
    await table.recover()
    await asyncio.sleep(0)
    for listener in table.on_foreign_change:
        listener(0)
    assert series.readable() == {}
