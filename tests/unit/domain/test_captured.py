"""Whatever order, repeats and snapshots its records come in, a copy ends as its source is."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.captured import (
    CapturedChange,
    SnapshotPlace,
    begun_at,
    forgetting,
    is_swept,
    joined,
    newest,
    replaces,
    snapshot_marks,
    told_of,
)
from chatstream.domain.captured_differences import RowDifference, counted, differences
from tests.fakes.reporting import FakeReporting

KEYS = [("r", n) for n in range(4)]
PEOPLE = ["a", "b", "c"]


def message(
    key: Any, version: tuple[int, int], account: str | None, **flags: bool
) -> CapturedChange:
    row = None if account is None else {"room_id": key[0], "seq": key[1], "account_id": account}
    return CapturedChange("messages", "chat-0", key, version, row, account, **flags)


@dataclass
class Source:
    """A database with a log, as a connector tells it: in order, from a snapshot on."""

    rows: dict[Any, str] = field(default_factory=dict)
    log: list[CapturedChange] = field(default_factory=list)
    at: int = 1
    is_fresh: bool = True
    """Whether nothing was committed since the snapshot."""

    def write(self, key: Any, account: str | None) -> None:
        """A row is put, or is gone; a commit of its own."""
        self._commit(key, account, self.at + 1)

    def _commit(self, key: Any, account: str | None, place: int) -> None:
        if account is None and self.rows.pop(key, None) is None:
            return
        if account is not None:
            self.rows[key] = account
        version = (place if self.is_fresh else self.at, place)
        self.log.append(message(key, version, account, is_first=self.is_fresh))
        self.is_fresh = False
        self.at += 2

    def snapshot(self, *under_way: tuple[Any, str | None]) -> list[CapturedChange]:
        """All rows as they are; the log goes on behind it.

        What is under way was written before it, and is committed as the very first after it.
        """
        place, self.is_fresh = self.at + 1, True
        if under_way:
            self.at += 2
        found = [message(key, (self.at, 0), who, is_read=True) for key, who in self.rows.items()]
        for key, account in under_way:
            self._commit(key, account, place)
        return found


WRITES = st.tuples(st.sampled_from(KEYS), st.sampled_from([*PEOPLE, None]))
ACTS = st.lists(
    st.one_of(
        WRITES.map(lambda write: ("write", *write)),
        st.tuples(st.just("again"), st.integers(1, 6)),
        st.tuples(st.just("lost"), st.lists(WRITES, max_size=1)),
        st.tuples(st.just("erase"), st.sampled_from(PEOPLE)),
    ),
    max_size=40,
)


@given(ACTS, st.booleans(), st.randoms(use_true_random=False))
def test_the_copy_is_the_source_after_repeats_lost_slots_and_erasures(
    acts: list[Any],
    is_noted: bool,
    chance: random.Random,
) -> None:
    asyncio.run(_played(acts, chance, is_noted=is_noted))


async def _played(acts: list[Any], chance: random.Random, *, is_noted: bool) -> None:
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
            case "lost" if is_noted or source.rows:
                # What was not told never is; a snapshot is read instead. One that nobody noted and
                # that found nothing is known to nobody.
                sent = len(source.log)
                if is_noted:
                    await copy.begin_snapshot("chat-0", source.at)
                told += source.snapshot(*what[0])
            case "erase":
                await copy.erase(what[0])
        while told and chance.random() < 0.5:
            await _keep_some(copy, told, chance, by_partition=is_noted)
    told += source.log[sent:]
    while told:
        await _keep_some(copy, told, chance, by_partition=is_noted)
    for snapshot in await copy.unswept():
        await copy.sweep(snapshot)
    expected = [
        {"room_id": room, "seq": seq, "account_id": None if who in copy.erased else who}
        for (room, seq), who in sorted(source.rows.items())
    ]
    assert await copy.rows("messages") == expected


async def _keep_some(
    copy: FakeReporting, told: list[CapturedChange], chance: random.Random, *, by_partition: bool
) -> None:
    """Keep a batch of any size from the begin of one partition, or of all; some of them twice."""
    parity = chance.choice((0, 1))
    there = [each for each in told if not by_partition or each.key[1] % 2 == parity] or [*told]
    batch = there[: chance.randint(1, len(there))]
    await copy.keep(batch)
    if chance.random() < 0.3:
        await copy.keep(batch)
    taken = {id(each) for each in batch}
    told[:] = [each for each in told if id(each) not in taken]


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


def test_a_snapshot_began_where_the_log_stood_when_it_was_noted_or_at_the_one_before() -> None:
    assert told_of(None, 500) == SnapshotPlace(500, 0)
    noted = begun_at(SnapshotPlace(500, 0), 800)
    assert noted == SnapshotPlace(800, 800)
    assert told_of(noted, 900) == SnapshotPlace(900, 800)
    assert told_of(SnapshotPlace(900, 800), 900) == SnapshotPlace(900, 800)
    assert told_of(SnapshotPlace(900, 800), 950) == SnapshotPlace(950, 900)
    assert told_of(SnapshotPlace(900, 800), 700) == SnapshotPlace(900, 800)
    assert begun_at(SnapshotPlace(900, 800), 850) == SnapshotPlace(900, 800)


def test_a_first_transaction_belongs_behind_the_snapshot_that_did_not_see_it() -> None:
    places = {"chat-0": SnapshotPlace(900, 800)}

    def version(own: int, *, is_first: bool = True) -> tuple[int, int]:
        (found,) = joined([message(KEYS[0], (own, own), "a", is_first=is_first)], places)
        return found.version

    assert version(850) == (900, 850)
    assert version(950) == (950, 950)
    assert version(700) == (700, 700), "that of an earlier snapshot, told again"
    assert version(850, is_first=False) == (850, 850)
    assert joined([message(KEYS[0], (1, 1), "a", is_first=True)], {})[0].version == (1, 1)


def test_what_a_first_transaction_made_is_not_swept_by_its_own_snapshot() -> None:
    place = SnapshotPlace(900, 800)
    assert not is_swept((850, 850), place)
    assert is_swept((700, 700), place)
    assert is_swept((850, 860), place)
    assert not is_swept((900, 0), place)


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
