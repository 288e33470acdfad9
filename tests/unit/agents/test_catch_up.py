"""Lines that stand still before their head are read from Postgres; others are left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agents.stats.catch_up import CatchUp
from agents.stats.counters import MessageCounter
from agents.stats.counting import LineSink
from tests.fakes.tables import FakeStats
from tests.unit.agents.test_words import NOW, TOPIC, Reader, Tokenizer, event, stored


class Heads:
    def __init__(self, head: int) -> None:
        self.at = head
        self.asked = 0

    async def head(self, topic: str, partition: int) -> int:
        self.asked += 1
        return self.at


def rig(count: int) -> tuple[FakeStats, LineSink, list[Any]]:
    """Tables, their sink, and that many facts in Postgres."""
    stats = FakeStats(lambda: NOW)
    facts = [stored(number, f"tea w{number}") for number in range(1, count + 1)]
    counter = MessageCounter(stats.tables, Tokenizer(), lambda: NOW)
    app: Any = None
    return stats, LineSink(app, TOPIC, counter, Reader(facts)), facts


async def test_a_line_that_stands_still_is_counted_to_its_head() -> None:
    stats, sink, _ = rig(2500)
    catch_up = CatchUp([sink], Heads(2500), lambda: [3])
    await catch_up.look()
    assert sink.cursor(3) == 0
    await catch_up.look()
    assert sink.cursor(3) == 2500
    assert stats.tables.words.read(3, ["tea"])["tea"].count == 2500


async def test_a_line_that_moves_is_left_to_kafka() -> None:
    _, sink, facts = rig(4)
    heads = Heads(4)
    catch_up = CatchUp([sink], heads, lambda: [3])
    for fact in facts[:3]:
        await catch_up.look()
        await sink.process("l", [event(fact)])
    assert heads.asked == 0


async def test_what_is_told_meanwhile_counts_once() -> None:
    stats, sink, facts = rig(3000)
    told = [event(fact) for fact in facts]
    await asyncio.gather(
        sink.catch_up(3, 3000, lambda: True),
        sink.process("l", told[:2000]),
        sink.process("l", told[1500:]),
    )
    assert sink.cursor(3) == 3000
    assert stats.tables.words.read(3, ["tea"])["tea"].count == 3000


@pytest.mark.parametrize("chunks", [0, 1, 2])
async def test_it_ends_when_the_partition_is_gone(chunks: int) -> None:
    _, sink, _ = rig(2500)
    left = iter([True] * chunks)
    may_go_on: Callable[[], bool] = lambda: next(left, False)  # noqa: E731
    await sink.catch_up(3, 2500, may_go_on)
    assert sink.cursor(3) == 1000 * chunks


async def test_partitions_of_others_are_not_looked_at() -> None:
    _, sink, _ = rig(5)
    heads = Heads(5)
    catch_up = CatchUp([sink], heads, list)
    await catch_up.look()
    await catch_up.look()
    assert (sink.cursor(3), heads.asked) == (0, 0)
