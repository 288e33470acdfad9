"""The hub follows the rooms' fact lines: repeats change nothing, gaps are read back, in order."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec
from schemas.contexts.rooms import ROOM as ROOM_STREAM
from schemas.records import RoomFact
from tests.fakes.changes import Changes, step
from tests.fakes.rooms import ROOM, FakeRooms
from tests.samples import Since
from web.live import room_lines
from web.live.room_lines import RoomLines


class Rig:
    """A line of renamings: the n-th fact gives the name n."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.rooms = FakeRooms(changes=self.changes)
        self.rooms.create(ROOM, "min")
        self.lines = RoomLines(self.rooms, self._take)
        self.told: list[int] = []

    def _take(self, fact: RoomFact) -> None:
        self.told.append(fact.fact_no)
        self.changes.happened()

    def make(self, number: int) -> list[RoomFact]:
        """Facts 2, 3, … of the line."""
        return [self.rooms.rename(ROOM, str(each)) for each in range(2, number + 2)]


async def test_each_fact_is_told_once() -> None:
    rig = Rig()
    for fact in (facts := rig.make(3)):
        rig.lines.on_fact(0, fact)
        rig.lines.on_fact(0, facts[0])
    assert rig.told == [2, 3, 4]
    assert rig.rooms.calls == []


async def test_a_line_begins_with_the_first_fact_that_is_seen() -> None:
    rig = Rig()
    facts = rig.make(5)
    rig.lines.on_fact(0, facts[3])
    rig.lines.on_fact(1, facts[4])
    assert rig.told == [5, 6]
    assert rig.rooms.calls == []


async def test_a_gap_is_read_back_before_what_follows_it() -> None:
    rig = Rig()
    facts = rig.make(6)
    rig.lines.on_fact(0, facts[0])
    moved = Since()
    rig.rooms.gate.clear()
    rig.lines.on_fact(0, facts[3])
    rig.lines.on_fact(0, facts[4])
    await rig.changes.until(lambda: rig.rooms.waiting == 1)
    assert rig.told == [2]
    rig.rooms.gate.set()
    await rig.changes.until(lambda: len(rig.told) == 5)
    rig.lines.on_fact(0, facts[5])
    assert rig.told == [2, 3, 4, 5, 6, 7]
    assert moved("hub_gaps_total", of="facts") == 1
    assert moved("hub_gap_records_total", of="facts") == 4


async def test_a_store_that_is_away_delays_its_partition_only() -> None:
    rig = Rig()
    facts = rig.make(4)
    rig.lines.on_fact(0, facts[0])
    rig.rooms.away = True
    rig.lines.on_fact(0, facts[2])
    await rig.changes.until(lambda: "facts" in rig.rooms.calls)
    rig.lines.on_fact(1, facts[3])
    assert rig.told == [2, 5]
    rig.rooms.away = False
    await rig.changes.until(lambda: rig.told == [2, 5, 3, 4])


async def test_facts_that_nobody_has_are_passed_over() -> None:
    rig = Rig()
    facts = rig.make(4)
    rig.lines.on_fact(0, facts[0])
    moved = Since()
    kept, rig.rooms.facts_kept = rig.rooms.facts_kept, []
    rig.lines.on_fact(0, facts[2])
    await rig.changes.until(lambda: rig.rooms.calls == ["facts"])
    rig.rooms.facts_kept = kept
    await asyncio.gather(*rig.lines._tasks.values())
    rig.lines.on_fact(0, facts[3])
    assert rig.told == [2, 5]
    assert moved("hub_facts_passed_over_total") == 2


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_missing_repeated_or_late_each_fact_is_told_once_in_order(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room_lines, "PAGE", 3)
        asyncio.run(_interleave(random.Random(seed)))


async def _interleave(chance: random.Random) -> None:
    rig = Rig()
    seen = 0
    for _ in range(40):
        fact_no = chance.randint(2, rig.rooms.fact_no + 1)
        if fact_no > rig.rooms.fact_no:
            rig.make(1)
        elif seen == 0 or chance.random() < 0.7:
            body = rig.rooms.facts_kept[fact_no - 1]
            rig.lines.on_fact(0, codec.decode(ROOM_STREAM.response.name, body))
            seen = max(seen, fact_no)
        (rig.rooms.gate.set if chance.random() < 0.5 else rig.rooms.gate.clear)()
        await step()
    rig.rooms.gate.set()
    await rig.changes.until(lambda: not seen or rig.told[-1:] == [seen])
    assert rig.told == list(range(rig.told[0], seen + 1)) if seen else rig.told == []
    await rig.lines.stop()
