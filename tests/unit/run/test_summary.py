"""The last line of a run, and what it adds up."""

from __future__ import annotations

import re

import pytest

from tests.run.summary import Outcome, line, total

PYTEST = re.compile(
    r"^=+ (\d+ \w+(, \d+ \w+)*|no tests ran) in \d+\.\d\ds( \(\d+:\d\d:\d\d\))? =+$"
)


@pytest.mark.parametrize(
    ("counts", "seconds", "said"),
    [
        ({"passed": 5390, "skipped": 2}, 612.344, "5390 passed, 2 skipped in 612.34s (0:10:12)"),
        ({"passed": 1, "failed": 2}, 5, "2 failed, 1 passed in 5.00s"),
        ({"error": 1, "warnings": 1}, 5, "1 warning, 1 error in 5.00s"),
        ({"error": 2, "warnings": 2}, 5, "2 warnings, 2 errors in 5.00s"),
        ({"passed": 3, "error": 0}, 5, "3 passed in 5.00s"),
        ({"passed": 3, "rerun": 1}, 5, "3 passed, 1 rerun in 5.00s"),
        ({}, 5, "no tests ran in 5.00s"),
    ],
)
def test_the_line_is_as_pytest_writes_it(counts: dict[str, int], seconds: float, said: str) -> None:
    text = line(counts, seconds)
    assert f" {said} " in text
    assert PYTEST.match(text)
    assert len(text) == 80


def test_counts_are_added_and_a_fault_is_an_error() -> None:
    outcomes = [
        Outcome("lint", fault="exit status 2"),
        Outcome("one", {"passed": 3, "skipped": 1, "deselected": 5}),
        Outcome("other", {"passed": 4, "failed": 1, "error": 1}, ["a", "b"]),
    ]
    assert total(outcomes) == {"passed": 7, "failed": 1, "skipped": 1, "error": 2}
    assert [outcome.is_good for outcome in outcomes] == [False, True, False]
