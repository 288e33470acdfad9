"""The interface as it is published, against what the tests of this folder saw of it.

Runs after them, and only when all of them run.
"""

from __future__ import annotations

from tests.unit.web import rows
from tests.unit.web.served import Served


async def test_every_published_answer_was_seen_by_some_test(served: Served) -> None:
    unseen = rows.published(served.calls) - rows.seen.keys()
    assert not unseen, "\n".join(map(str, sorted(unseen)))


async def test_every_answer_that_was_seen_is_published(served: Served) -> None:
    untold = rows.seen.keys() - rows.published(served.calls)
    assert not untold, "\n".join(f"{row} in {rows.seen[row]}" for row in sorted(untold))


async def test_every_answer_that_asks_for_patience_says_how_much() -> None:
    assert not rows.impatient
