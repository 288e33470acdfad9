"""Whatever order, repeats and snapshots its records come in, a copy ends as its source is."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.captured import CapturedChange, forgetting, newest, replaces, snapshot_marks
from chatstream.domain.captured_differences import RowDifference, counted, differences
from tests.fakes.reporting import FakeReporting

KEYS = [("r", n) for n in range(4)]
PEOPLE = ["a", "b", "c"]


def message(
    key: Any, version: tuple[int, int], account: str | None, *, is_read: bool = False
) -> CapturedChange:
    row = None if account is None else {"room_id": key[0], "seq": key[1], "account_id": account}
    return CapturedChange("messages", "chat-0", key, version, row, account, is_read)


@dataclass
class Source:
    """A database with a log, as a connector tells it: in order, from a snapshot on."""

    rows: dict[Any, str] = field(default_factory=dict)
    log: list[CapturedChange] = field(default_factory=list)
    at: int = 1

    def write(self, key: Any, account: str | None) -> None:
        """A row is put, or is gone; a commit of its own."""
        if account is None and self.rows.pop(key, None) is None:
            return
        if account is not None:
            self.rows[key] = account
        self.log.append(message(key, (self.at, self.at + 1), account))
        self.at += 2

    def snapshot(self) -> list[CapturedChange]:
        """All rows as they are; the log goes on behind it."""
        return [message(key, (self.at, 0), who, is_read=True) for key, who in self.rows.items()]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(KEYS), st.sampled_from([*PEOPLE, None])),
        st.tuples(st.just("again"), st.integers(1, 6)),
        st.tuples(st.just("lost")),
        st.tuples(st.just("erase"), st.sampled_from(PEOPLE)),
    ),
    max_size=40,
)


@given(ACTS, st.randoms(use_true_random=False))
def test_the_copy_is_the_source_after_repeats_lost_slots_and_erasures(
    acts: list[Any], chance: random.Random
) -> None:
    asyncio.run(_played(acts, chance))


async def _played(acts: list[Any], chance: random.Random) -> None:
    source, copy = Source(), FakeReporting()
    told: list[CapturedChange] = []
    sent = 0
    for act, *what in acts:
        match act:
            case "write":
                source.write(*what)
            case "again":  # a connector that was killed tells from its last offset on
                told += source.log[sent:]
                told += told[-what[0] :]
                sent = len(source.log)
            case "lost":  # what was not told never is; a snapshot is read instead
                sent = len(source.log)
                told += source.snapshot()
            case "erase":
                await copy.erase(what[0])
        while told and chance.random() < 0.5:  # batches of any size, some of them handled twice
            size = chance.randint(1, len(told))
            await copy.keep(told[:size])
            if chance.random() < 0.3:
                await copy.keep(told[:size])
            del told[:size]
    await copy.keep(told + source.log[sent:])
    for snapshot in await copy.unswept():
        await copy.sweep(snapshot)
    expected = [
        {"room_id": room, "seq": seq, "account_id": None if who in copy.erased else who}
        for (room, seq), who in sorted(source.rows.items())
    ]
    assert await copy.rows("messages") == expected


def test_of_one_row_the_highest_version_stays_and_of_equals_the_last() -> None:
    old, new = message(KEYS[0], (1, 5), "a"), message(KEYS[0], (2, 3), "b")
    other = message(KEYS[1], (1, 1), "a")
    assert newest([new, old, other]) == [new, other]
    again = message(KEYS[0], (2, 3), "c")
    assert newest([new, again]) == [again]


def test_a_change_that_began_before_a_snapshot_and_was_committed_after_it_counts() -> None:
    # Its own place in the log is before the snapshot's; the commit before its own is not.
    assert replaces((100, 40), (100, 0))
    assert not replaces((90, 99), (100, 0))
    assert replaces((100, 0), (100, 0))


def test_the_newest_snapshot_of_each_source_is_marked() -> None:
    read = [message(KEYS[0], (lsn, 0), "a", is_read=True) for lsn in (5, 9, 7)]
    assert snapshot_marks([*read, message(KEYS[1], (99, 0), "a")]) == {"chat-0": 9}


def test_rows_of_an_erased_account_go_and_others_lose_it() -> None:
    of_a, of_b = message(KEYS[0], (1, 1), "a"), message(KEYS[1], (1, 2), "b")
    member = CapturedChange("members", "chat-0", ("r", "a"), (1, 3), None, "a")
    kept = forgetting([of_a, of_b, member], {"a"}, rows={"members"})
    assert [(each.key, each.account) for each in kept] == [(KEYS[0], None), (KEYS[1], "b")]
    assert kept[0].row == {"room_id": "r", "seq": 0, "account_id": None}


def test_every_row_that_differs_is_named_once() -> None:
    source = [(1, "a"), (2, "b"), (4, "d")]
    copy = [(1, "a"), (2, "x"), (3, "c")]
    found = differences("t", source, copy, 1)
    assert found == [
        RowDifference("t", "2", "other"),
        RowDifference("t", "3", "has"),
        RowDifference("t", "4", "lacks"),
    ]
    assert list(counted(found)) == [("t", 3)]
    assert differences("t", source, source, 1) == []
