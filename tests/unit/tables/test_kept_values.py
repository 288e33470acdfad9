"""Values of tables as a release wrote them: read by this program, and written as they were.

They lie on changelogs for ever. Where a new form is written instead, the old line stays, and is
read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chatstream.domain.abuse.account import AccountCounters
from chatstream.domain.windows import Shares, WindowBatch
from chatstream.domain.words import Tally
from tests.records.files import FOLDER

KEPT = [
    (path.stem, *line.split("\t"))
    for path in sorted((FOLDER / "tables").glob("*.tsv"))
    for line in path.read_text().splitlines()
]
READ: Mapping[str, Callable[[Any], list[Any]]] = {
    "word_counts": lambda value: Tally.unpack(value).pack(),
    "word_windows": lambda value: WindowBatch.unpack(value).pack(),
    "conduct": lambda value: [*value[:2], AccountCounters.unpack(value[2]).pack()],
}


def value_of(table: str, key: str) -> Any:
    """The value of a key as the present release wrote it."""
    found = (json.loads(value) for _, *place, value in KEPT if place == [table, key])
    return next(found)


@pytest.mark.parametrize(
    ("table", "value"),
    [(table, value) for _, table, key, value in KEPT if table in READ and not key.endswith(":")],
)
def test_a_value_is_read_and_written_as_it_was(table: str, value: str) -> None:
    assert json.loads(json.dumps(READ[table](json.loads(value)))) == json.loads(value)


def test_values_mean_what_they_meant() -> None:
    tally = Tally.unpack(value_of("word_counts", "3:먹다"))
    assert (tally.count, tally.fact_no, tally.in_open, tally.disclosed) == (4, 17, 2, False)
    assert Tally.unpack(value_of("word_counts", "3:커피")).disclosed
    batch = WindowBatch.unpack(value_of("word_windows", "3:00000000000000000018"))
    assert (batch.after, batch.upto) == (16, 18)
    assert batch.minutes == {29932370: {"먹다": Shares(2, 2), "커피": Shares(3, 1)}}
    counters = AccountCounters.unpack(
        value_of("conduct", "01990000-0000-7000-8000-000000000002")[2]
    )
    assert counters.conduct.strikes == ((1795942200.125, 2),)
    assert [gist for gist, _, _ in counters.texts] == ["점심 먹었어"]
