"""The counting rule over all tables: any sequence of batches, crashes, repeats and moves."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.stats.counters import MessageCounter
from agents.stats.counting import LineSink
from chatstream.domain.series import MINUTE, Span
from chatstream.domain.times import text_of
from chatstream.domain.windows import LENGTHS, Window
from chatstream.errors import TransientFailure
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.fakes.tables import FakeStats
from tests.unit.agents.test_words import TOPIC, Reader, Tokenizer, event

START = 1_795_262_430.0
ROOMS = tuple(f"00000000-0000-4000-8000-00000000000{n}" for n in range(3))
WORDS = ("apple", "사과", "pear", "a:b", "☕")
Fact = records.MessageStored | records.MessageEdited | records.MessageDeleted


WATCHED = ("pear", "a:b")


async def watched_now() -> Collection[str]:
    return WATCHED


class Line:
    """A fact line that grows, and what a recount of it gives."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.facts: list[Fact] = []
        self.said: dict[int, tuple[str, str, float]] = {}

    def grow(self, now: float) -> None:
        """A new message, an edit or a delete, said at or before `now`."""
        rng, number = self.rng, len(self.facts) + 1
        text = " ".join(rng.choices(WORDS, k=rng.randint(0, 3)))
        if not self.said or rng.random() < 0.6:
            ages = (0, 0, 30, 61 * MINUTE, 1439 * MINUTE, 1442 * MINUTE)
            at, room = now - rng.choice(ages), rng.choice(ROOMS)
            fields = self._fields(number, number, room, at)
            self.facts.append(records.MessageStored(**fields, message=text))
            self.said[number] = (room, text, at)
            return
        seq = rng.choice(list(self.said))
        room, former, at = self.said[seq]
        changed = {"request_id": room, "former": former, "last_seq": seq, "former_rev": 0}
        fields = self._fields(number, seq, room, at) | changed
        if rng.random() < 0.3:
            self.facts.append(records.MessageDeleted(**fields, deleted_at=text_of(now)))
            del self.said[seq]
        else:
            self.facts.append(records.MessageEdited(**fields, message=text, edited_at=text_of(now)))
            self.said[seq] = (room, text, at)

    def _fields(self, number: int, seq: int, room: str, at: float) -> dict[str, Any]:
        return {
            "fact_no": number,
            "room_id": room,
            "seq": seq,
            "rev": number,
            "message_id": room,
            "account_id": self.rng.choice(ROOMS),
            "user_id": "ann",
            "user_name": "Ann",
            "created_at": text_of(at),
            "access_version": 1,
            "room_kind": "open" if room == ROOMS[0] else "group",
        }

    def words(self, since: float = 0.0) -> dict[str, int]:
        found: Counter[str] = Counter()
        for _, text, at in self.said.values():
            if at >= since:
                found.update(text.split())
        return dict(found)

    def room_words(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for room, text, _ in self.said.values():
            found.update(f"{room}:{word}" for word in text.split())
        return dict(found)

    def watched(self) -> dict[str, tuple[int, int]]:
        """All uses of the watched words, and those in the open room."""
        found: Counter[str] = Counter()
        in_open: Counter[str] = Counter()
        for room, text, _ in self.said.values():
            words = Counter(word for word in text.split() if word in WATCHED)
            found.update(words)
            if room == ROOMS[0]:
                in_open.update(words)
        return {word: (count, in_open[word]) for word, count in found.items()}

    def minutes(self) -> dict[str, int]:
        added = (fact for fact in self.facts if isinstance(fact, records.MessageStored))
        return dict(Counter(fact.created_at[:16] for fact in added))


class World:
    """Workers that come and go over one partition's tables, and a clock."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.now = START
        self.line = Line(rng)
        self.stats = FakeStats(lambda: self.now)

    async def step(self) -> None:
        """Something happens: people write, time passes, a worker counts, crashes or is replaced."""
        rng = self.rng
        for _ in range(rng.randint(0, 6)):
            self.line.grow(self.now)
        self.now += rng.choice((0, 0, 1, 59, 60 * MINUTE, 25 * 60 * MINUTE))
        if rng.random() < 0.3:
            await self.stats.move()
        cut = rng.randint(1, 30) if rng.random() < 0.4 else 10_000
        self._cut_after(cut)
        try:
            await self.count(rng.randint(0, len(self.line.facts)))
        except TransientFailure:
            if rng.random() < 0.5:
                await self.stats.move()
        self._cut_after(10_000)

    def _cut_after(self, writes: int) -> None:
        end = len(self.stats.log) + writes
        self.stats.stops = lambda _table, _key: len(self.stats.log) >= end

    async def count(self, begin: int) -> None:
        """The facts from somewhere on, some of them twice, some only in Postgres."""
        told = [fact for fact in self.line.facts[begin:] if self.rng.random() < 0.8]
        batch = [event(fact) for fact in told for _ in range(self.rng.randint(1, 2))]
        if batch:
            await self.sink().process("l", batch)

    def sink(self) -> LineSink:
        app: Any = None
        counter = MessageCounter(self.stats.tables, Tokenizer(), lambda: self.now, watched_now)
        return LineSink(app, TOPIC, counter, Reader(self.line.facts))

    async def finish(self) -> None:
        """Everything is counted, the last of it by a worker that has read the tables."""
        self.line.grow(self.now)
        await self.sink().process("l", [event(self.line.facts[-1])])
        await self.stats.move()
        self.line.grow(self.now)
        await self.sink().process("l", [event(self.line.facts[-1])])


def _counts(rows: Any) -> dict[str, int]:
    return {name: value[0] for name, value in rows if value[0]}


def _window(world: World, window: Window, words: Sequence[str]) -> Mapping[str, int]:
    view = world.stats.tables.windows.readable().get(3)
    if view is None:
        return {}
    counts = view.window(window)
    return {word: counts.of(word).count for word in words if counts.of(word).count}


@settings(max_examples=150, deadline=None)
@given(st.integers(0))
def test_every_table_equals_a_recount_whatever_crashes_repeats_or_moves(seed: int) -> None:
    async def play() -> None:
        world = World(random.Random(seed))
        for _ in range(world.rng.randint(0, 8)):
            await world.step()
        await world.finish()
        tables, line = world.stats.tables, world.line
        assert {w: t.count for w, t in tables.words.dump(3) if t.count} == line.words()
        assert _counts(tables.room_words.dump(3)) == line.room_words()
        minutes = {
            text_of(60 * int(m))[:16]: n for m, n in _counts(tables.chat_added.dump(3)).items()
        }
        assert minutes == line.minutes()
        for passed in (0, 0.5, 1, 59, 23 * 60):
            world.now += passed * MINUTE
            for window, length in LENGTHS.items():
                since = (int(world.now // MINUTE) - length) * MINUTE
                assert _window(world, window, WORDS) == line.words(since)
        view, span = tables.watched.readable().get(3), Span(0, 10**8, 10**8)
        sums = {word: view.counts(word, span) for word in WATCHED} if view is not None else {}
        watched = {w: (all_[0], in_open[0]) for w, (all_, in_open) in sums.items() if all_[0]}
        assert watched == line.watched()
        for room in ROOMS:
            top = await tables.room_words.top(3, room, 10) or []
            said = {f"{room}:{word}": count for word, count in top}
            assert said == {k: n for k, n in line.room_words().items() if k.startswith(room)}

    asyncio.run(play())


async def test_what_has_left_the_day_is_removed_from_the_table() -> None:
    now = START
    stats = FakeStats(lambda: now)
    line = Line(random.Random(1))
    counter = MessageCounter(stats.tables, Tokenizer(), lambda: now)
    app: Any = None
    sink = LineSink(app, MESSAGE.response.name, counter, Reader(line.facts))
    stats.kept["word_windows"].rows[3] = {}
    await stats.move()
    sink.counter = MessageCounter(stats.tables, Tokenizer(), lambda: now)
    for _ in range(3):
        fields = line._fields(len(line.facts) + 1, 1, ROOMS[0], now)
        line.facts.append(records.MessageStored(**fields, message="apple"))
        await sink.process("l", [event(line.facts[-1])])
        now += 13 * 60 * MINUTE
    assert len(stats.kept["word_windows"].rows[3]) == 2


async def test_facts_of_long_ago_cost_no_record_of_a_window() -> None:
    stats, line = FakeStats(lambda: START), Line(random.Random(1))
    for number, age in enumerate((3 * 1440, 1441, 1440, 5), start=1):
        fields = line._fields(number, number, ROOMS[0], START - age * MINUTE)
        line.facts.append(records.MessageStored(**fields, message="apple"))
    counter = MessageCounter(stats.tables, Tokenizer(), lambda: START)
    await counter.count(3, 0, line.facts[:2])
    assert [key for key in stats.log if key.startswith("word_windows")] == []
    await counter.count(3, 2, line.facts[2:])
    assert len(stats.kept["word_windows"].rows[3]) == 1
