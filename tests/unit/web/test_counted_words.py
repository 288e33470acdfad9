"""Gathering from several workers: exact when all answer, honest when one does not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec

from agents.stats.counters import MessageCounter
from chatstream.domain.ranking import TopWords
from chatstream.domain.times import text_of
from chatstream.domain.windows import Window
from chatstream.domain.words import Tally
from schemas import records
from tests.fakes.tables import FakeStats
from web.counts.room_words import RoomGather
from web.counts.words import LocalWords, WordsGather, WordsPart, WordsPeer

NOW = 1_795_262_430.0


@dataclass(eq=False)
class FakePeer:
    """A worker that holds some partitions' counts, all said in open rooms."""

    partitions: dict[int, dict[str, int]]
    generation: int = 7
    capacity: int = 4096
    fault: Exception | None = None
    hangs: bool = False
    moves_after_top: bool = False
    asked: list[Sequence[str]] = field(default_factory=list)

    async def top(self, limit: int, window: Window) -> WordsPart:
        candidates: set[str] = set()
        bound = 0
        for counts in self.partitions.values():
            top = TopWords(self.capacity)
            for word, count in counts.items():
                top.put(word, count)
            words, most = top.top(limit)
            candidates.update(words)
            bound += most
        part = await self.tallies(sorted(candidates), window)
        if self.moves_after_top:
            self.generation += 1
        return msgspec.structs.replace(part, bound=bound)

    async def tallies(self, words: Sequence[str], window: Window) -> WordsPart:
        self.asked.append(words)
        if self.fault is not None:
            raise self.fault
        if self.hangs:
            await asyncio.Event().wait()
        sums = {w: sum(c.get(w, 0) for c in self.partitions.values()) for w in words}
        packed = {w: Tally(n, 1, n, (1,), (1,)).pack() for w, n in sums.items() if n}
        return WordsPart(self.generation, tuple(self.partitions), packed)


def gather(*peers: WordsPeer, partitions: int = 2) -> WordsGather:
    # Who answers does so at once; only who hangs is given up.
    seconds = 0.5 if any(getattr(peer, "hangs", False) for peer in peers) else 30
    return WordsGather(lambda: peers, partitions, timeout=seconds)


async def test_counts_of_all_partitions_are_added() -> None:
    left, right = FakePeer({0: {"tea": 3, "milk": 2}}), FakePeer({1: {"tea": 1, "bread": 3}})
    found = await gather(left, right).top(2)
    assert found.words == [("tea", 4), ("bread", 3)]
    assert (found.complete, found.expected, found.answered) == (True, 2, 2)


async def test_a_word_that_leads_nowhere_may_lead_the_sum() -> None:
    words = {f"left{n}": 10 for n in range(20)}
    others = {f"right{n}": 10 for n in range(20)}
    left = FakePeer({0: {**words, "both": 9}})
    right = FakePeer({1: {**others, "both": 9}})
    found = await gather(left, right).top(1)
    assert found.words == [("both", 18)]
    assert found.complete


async def test_only_words_that_a_worker_did_not_name_are_asked_for_again() -> None:
    left, right = FakePeer({0: {"tea": 3}}), FakePeer({1: {"tea": 1}})
    await gather(left, right).top(5)
    assert [len(left.asked), len(right.asked)] == [1, 1]


async def test_a_worker_that_fails_makes_the_answer_incomplete() -> None:
    for gone in (FakePeer({1: {"tea": 1}}, fault=OSError("gone")), FakePeer({1: {}}, hangs=True)):
        found = await gather(FakePeer({0: {"tea": 3}}), gone).top(5)
        assert found.words == [("tea", 3)]
        assert (found.complete, found.expected, found.answered) == (False, 2, 1)


async def test_a_worker_of_an_older_generation_is_not_believed() -> None:
    zombie = FakePeer({0: {"tea": 100}, 1: {"tea": 100}}, generation=6)
    found = await gather(FakePeer({0: {"tea": 3}}), zombie).top(5)
    assert found.words == [("tea", 3)]
    assert not found.complete


async def test_partitions_that_move_between_two_questions_are_missing() -> None:
    left = FakePeer({0: {"tea": 3}})
    right = FakePeer({1: {"milk": 1}}, moves_after_top=True)
    found = await gather(left, right).top(5)
    assert not found.complete
    assert found.answered < 2


async def test_one_word_is_summed_over_the_workers() -> None:
    left, right = FakePeer({0: {"tea": 3}}), FakePeer({1: {"tea": 1}})
    found = await gather(left, right).word("tea")
    assert (found.words, found.complete) == ([("tea", 4)], True)
    assert (await gather(left, right).word("none")).words == [("none", 0)]


async def test_a_list_that_may_miss_a_word_is_not_called_complete() -> None:
    # Each list is cut to its capacity: what was cut off may add up to more than what is left.
    counts = {f"w{n:03}": 100 + n for n in range(50)}
    left = FakePeer({0: counts}, capacity=4)
    right = FakePeer({1: {f"v{n:03}": 100 + n for n in range(50)}}, capacity=4)
    found = await gather(left, right).top(20)
    assert not found.complete
    assert found.answered == 2


def said(n: int, room: str, account: str, text: str, at: float = NOW) -> records.MessageStored:
    return records.MessageStored(
        fact_no=n,
        room_id=room,
        seq=n,
        rev=n,
        message_id=room,
        account_id=account,
        user_id="ann",
        user_name="Ann",
        message=text,
        created_at=text_of(at),
        access_version=1,
        room_kind="open" if room == "open" else "group",
    )


class Words:
    def count(self, text: str) -> Mapping[str, int]:
        return Counter(text.split())


async def counted(facts: Sequence[records.MessageStored]) -> WordsGather:
    """What one worker answers that has counted these facts in one partition."""
    stats = FakeStats(lambda: NOW)
    await MessageCounter(stats.tables, Words(), lambda: NOW).count(0, 0, facts)
    await stats.move()
    return gather(LocalWords(stats.tables.words, stats.tables.windows), partitions=1)


async def test_a_window_shows_what_was_said_in_it() -> None:
    ages = {"now": 0, "morning": 2 * 3600, "yesterday": 25 * 3600}
    facts = [said(n, "open", "a", w, NOW - ages[w]) for n, w in enumerate(ages, start=1)]
    peer = await counted(facts)
    shown = {window: dict((await peer.top(9, window)).words) for window in Window}
    assert shown[Window.ALL] == dict.fromkeys(ages, 1)
    assert shown[Window.DAY] == {"now": 1, "morning": 1}
    assert shown[Window.HOUR] == {"now": 1}


async def test_a_window_shows_no_private_word_below_three_rooms_and_five_accounts() -> None:
    private = [said(n, f"r{n % 2}", f"a{n}", "plan plan") for n in range(1, 8)]
    peer = await counted(private)
    for window in Window:
        assert (await peer.top(9, window)).words == []
    peer = await counted([*private[:-1], said(7, "r1", "a1", "plan"), said(8, "r2", "a1", "plan")])
    for window in Window:
        assert dict((await peer.top(9, window)).words) == {"plan": 14}


async def test_below_that_a_window_shows_what_open_rooms_say() -> None:
    private = [said(n, "r1", f"a{n}", "plan plan") for n in range(1, 8)]
    peer = await counted([*private, said(8, "open", "a1", "plan tea")])
    for window in Window:
        assert dict((await peer.top(9, window)).words) == {"plan": 1, "tea": 1}


async def test_a_room_that_nobody_can_read_is_missing_not_empty() -> None:
    stats = FakeStats(lambda: NOW)
    tables = stats.tables
    app: Any = tables.room_words.app
    app.assignor = SimpleNamespace(tables_metadata=dict)
    app.conf = SimpleNamespace(canonical_url="http://me")

    def client() -> Any:
        raise AssertionError("nobody else is asked")

    rooms = RoomGather(tables.room_words, client, 1, timeout=30)
    found = await rooms.top("room", 5)
    assert (found.words, found.complete, found.answered) == ([], False, 0)
    facts = [said(1, "room", "a", "tea tea milk"), said(2, "other", "a", "tea")]
    await MessageCounter(tables, Words(), lambda: NOW).count(0, 0, facts)
    found = await rooms.top("room", 5)
    assert (found.words, found.complete, found.answered) == ([("tea", 2), ("milk", 1)], True, 1)
    more = [said(3, "room", "a", "milk milk")]
    await MessageCounter(tables, Words(), lambda: NOW).count(0, 2, more)
    assert (await rooms.top("room", 1)).words == [("milk", 3)]
