"""Verifying: tables that were counted right agree with a recount, and nothing else does."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.stats.counters import MessageCounter, SignupCounter
from agents.stats.drift import DRIFT, DriftCheck
from agents.stats.recount import Recounter
from chatstream.domain.drift import Difference, PartitionCounts, TornError, slice_of
from chatstream.domain.series import MINUTE
from chatstream.errors import TransientFailure
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from tables.snapshot import rows_of
from tests.fakes.tables import FakeStats
from tests.unit.agents.test_counters import START, Line, World
from tests.unit.agents.test_words import Tokenizer

ACCOUNTS = ACCOUNT.response.name


class Reader:
    """Postgres: the facts of both lines of partition 3."""

    def __init__(self, messages: Any, accounts: Any = ()) -> None:
        self.lines = {MESSAGE.response.name: messages, ACCOUNTS: accounts}

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> list[tuple[int, bytes]]:
        return [
            (f.fact_no, records.encode(f)) for f in self.lines[topic] if after < f.fact_no <= upto
        ]


async def compare(
    stats: FakeStats, reader: Reader, now: float
) -> tuple[PartitionCounts, list[Difference]]:
    recounter = Recounter(reader, Tokenizer(), clock=lambda: now)
    return await recounter.compare(3, rows_of(stats.tables, 3))


@settings(max_examples=60, deadline=None)
@given(st.integers(0))
def test_tables_that_went_through_anything_agree_with_a_recount(seed: int) -> None:
    async def play() -> None:
        world = World(random.Random(seed))
        for _ in range(world.rng.randint(0, 8)):
            await world.step()
        await world.finish()
        held, found = await compare(world.stats, Reader(world.line.facts), world.now)
        assert (found, held.messages) == ([], len(world.line.facts))

    asyncio.run(play())


async def counted() -> tuple[FakeStats, Line]:
    """Tables of some messages and signups, all counted."""
    stats, line = FakeStats(lambda: START), Line(random.Random(3))
    for _ in range(30):
        line.grow(START)
    counter = MessageCounter(stats.tables, Tokenizer(), lambda: START)
    await counter.line.move(3, await counter.count(3, 0, line.facts))
    return stats, line


@pytest.mark.parametrize(
    ("table", "key", "at"),
    [
        ("word_counts", "3:apple", 0),
        ("word_counts", "3:apple", 2),
        ("room_word_counts", None, 0),
        ("chat_added", f"3:{int(START // MINUTE)}", 0),
    ],
)
async def test_one_count_too_many_is_found(table: str, key: str | None, at: int) -> None:
    stats, line = await counted()
    rows = stats.kept[table].rows[3]
    rows[key or next(iter(rows))][at] += 1
    _, found = await compare(stats, Reader(line.facts), START)
    (difference,) = found
    assert difference.table.startswith(table)
    assert difference.held == difference.counted + 1


async def test_a_lost_record_of_a_window_is_found() -> None:
    stats, line = await counted()
    stats.kept["word_windows"].rows[3].clear()
    _, found = await compare(stats, Reader(line.facts), START)
    assert {each.table for each in found} == {"word_windows"}


async def test_signups_are_compared() -> None:
    stats, line = await counted()
    created = records.AccountCreated(
        fact_no=1,
        request_id="r",
        account_id="a",
        user_id="ann",
        name="Ann",
        created_at=line.facts[0].created_at,
    )
    counter = SignupCounter(stats.tables, lambda: START)
    await counter.line.move(3, await counter.count(3, 0, [created]))
    held, found = await compare(stats, Reader(line.facts, [created]), START)
    assert (held.accounts, found) == (1, [])
    renamed = records.ProfileChanged(
        fact_no=1, request_id="r", account_id="a", user_id="ann", name="A", at=created.created_at
    )
    _, found = await compare(stats, Reader(line.facts, [renamed]), START)
    assert [each.table for each in found] == ["user_added"]


async def test_rows_within_a_batch_are_not_compared() -> None:
    stats, line = await counted()
    stats.kept["word_counts"].rows[3]["3:"] = [0, 29]
    with pytest.raises(TornError):
        await compare(stats, Reader(line.facts), START)


async def test_facts_that_are_not_all_there_are_no_recount() -> None:
    stats, line = await counted()
    with pytest.raises(TransientFailure):
        await compare(stats, Reader(line.facts[1:]), START)


def test_slices_are_disjoint_and_whole() -> None:
    words = [f"w{number}" for number in range(200)]
    slices = [slice_of(number, 16) for number in range(16)]
    assert all(sum(keep(word) for keep in slices) == 1 for word in words)


async def test_after_some_rounds_the_check_has_looked_at_every_word() -> None:
    stats, line = await counted()
    recounter = Recounter(Reader(line.facts), Tokenizer(), clock=lambda: START)
    check = DriftCheck(stats.tables, recounter, lambda: [3], 0)
    await check.check()
    drift = DRIFT.labels(partition="3")
    assert drift._value.get() == 0
    stats.kept["word_counts"].rows[3]["3:apple"][0] += 1
    seen = 0.0
    for _ in range(16):
        await check.check()
        seen += drift._value.get()
    assert seen == 1
