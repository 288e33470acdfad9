"""Counting a line: gaps are filled, repeats pass, the cursor is the last write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from agents.stats.counters import MessageCounter, SignupCounter, minute_of
from agents.stats.counting import LineSink, batch_size
from chatstream.domain.times import from_text
from chatstream.errors import PoisonMessage, TransientFailure
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from tests.fakes.tables import FakeStats

TOPIC = MESSAGE.response.name
ROOM = "00000000-0000-4000-8000-000000000001"
NOW = from_text("2026-11-21T12:10:00.000Z").timestamp()
MINUTE = str(int(from_text("2026-11-21T12:00:00.000Z").timestamp()) // 60)


def stored(
    fact_no: int, message: str, at: str = "2026-11-21T12:00:30.000Z"
) -> records.MessageStored:
    return records.MessageStored(
        fact_no=fact_no,
        room_id=ROOM,
        seq=fact_no,
        rev=fact_no,
        message_id=ROOM,
        account_id=ROOM,
        user_id="ann",
        user_name="Ann",
        message=message,
        created_at=at,
        access_version=1,
        room_kind="open",
    )


def revised(fact_no: int, former: str) -> dict[str, Any]:
    return {
        "fact_no": fact_no,
        "request_id": ROOM,
        "room_id": ROOM,
        "seq": 1,
        "rev": fact_no,
        "message_id": ROOM,
        "account_id": ROOM,
        "user_id": "ann",
        "user_name": "Ann",
        "former": former,
        "created_at": "2026-11-21T12:00:30.000Z",
        "access_version": 1,
        "room_kind": "open",
        "last_seq": 1,
    }


def edited(fact_no: int, former: str, message: str) -> records.MessageEdited:
    at = "2026-11-21T12:05:00.000Z"
    return records.MessageEdited(**revised(fact_no, former), message=message, edited_at=at)


def deleted(fact_no: int, former: str) -> records.MessageDeleted:
    at = "2026-11-21T12:05:00.000Z"
    return records.MessageDeleted(**revised(fact_no, former), deleted_at=at)


def event(record: records.Record | bytes, partition: int = 3) -> Any:
    value = record if isinstance(record, bytes) else records.encode(record)
    return SimpleNamespace(value=value, message=SimpleNamespace(partition=partition, topic=TOPIC))


class Store(FakeStats):
    """The tables of one partition."""

    @property
    def minutes(self) -> dict[str, Sequence[int]]:
        held = {**dict(self.tables.chat_added.dump(3)), **dict(self.tables.user_added.dump(3))}
        return {minute: list(value) for minute, value in held.items()}

    @property
    def at(self) -> int:
        return self.tables.messages.cursor(3)


class Tokenizer:
    def count(self, text: str) -> Mapping[str, int]:
        return Counter(text.split())


class Reader:
    """Postgres: every fact of the line."""

    def __init__(self, facts: Sequence[Any]) -> None:
        self.facts_by_no = {fact.fact_no: fact for fact in facts}
        self.asked: list[tuple[int, int]] = []

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        assert (topic, partition) == (TOPIC, 3)
        self.asked.append((after, upto))
        return [
            (number, records.encode(fact))
            for number, fact in sorted(self.facts_by_no.items())
            if after < number <= upto
        ]


def sink(store: Store, reader: Any) -> LineSink:
    counter = MessageCounter(store.tables, Tokenizer(), lambda: NOW)
    app: Any = None
    return LineSink(app, TOPIC, counter, reader)


def counts(store: Store) -> dict[str, int]:
    return {word: tally.count for word, tally in store.tables.words.dump(3)}


async def test_facts_are_counted_and_the_cursor_is_the_last_write() -> None:
    store = Store()
    await sink(store, Reader([])).process(
        "l", [event(stored(1, "tea tea")), event(stored(2, "tea"))]
    )
    assert counts(store) == {"tea": 3}
    assert store.minutes == {MINUTE: [2, 2]}
    assert store.at == 2
    assert (store.log[-1], store.log.count("word_counts 3:")) == ("word_counts 3:", 1)


async def test_counts_follow_the_text_that_is_shown_now() -> None:
    store = Store()
    facts = [
        stored(1, "tea tea milk"),
        edited(2, "tea tea milk", "tea cake"),
        stored(3, "cake"),
        deleted(4, "tea cake"),
    ]
    await sink(store, Reader([])).process("l", [event(fact) for fact in facts])
    assert {word: count for word, count in counts(store).items() if count} == {"cake": 1}
    assert store.minutes == {MINUTE: [2, 3]}
    assert store.at == 4


async def test_changes_heard_or_read_back_count_alike() -> None:
    """Whatever part of the line was heard and what was read back, and whatever comes twice."""
    line: list[Any] = [
        stored(1, "a b"),
        edited(2, "a b", "b c"),
        stored(3, "c"),
        edited(4, "b c", "c d"),
        deleted(5, "c d"),
        edited(6, "c", "e"),
    ]
    for heard in range(2**5):
        store = Store()
        told = [fact for n, fact in enumerate(line) if heard >> n & 1 or fact.fact_no == 6]
        batch = [event(fact) for fact in told for _ in range(2)]
        await sink(store, Reader(line)).process("l", batch)
        assert {word: count for word, count in counts(store).items() if count} == {"e": 1}


async def test_repeats_at_new_offsets_change_nothing() -> None:
    store = Store()
    line = sink(store, Reader([]))
    await line.process("l", [event(stored(1, "tea")), event(stored(1, "tea"))])
    await line.process("l", [event(stored(1, "tea"))])
    assert counts(store) == {"tea": 1}
    assert store.log.count("word_counts 3:") == 1


async def test_a_gap_is_read_from_the_database_before_going_on() -> None:
    store = Store()
    facts = [stored(number, f"w{number} all") for number in range(1, 6)]
    reader = Reader(facts)
    await sink(store, reader).process("l", [event(facts[0]), event(facts[4])])
    assert reader.asked == [(1, 4)]
    assert counts(store) == {"all": 5, "w1": 1, "w2": 1, "w3": 1, "w4": 1, "w5": 1}
    assert store.at == 5


async def test_a_gap_that_cannot_be_filled_holds_the_line() -> None:
    store = Store()
    with pytest.raises(TransientFailure):
        await sink(store, Reader([stored(2, "b")])).process("l", [event(stored(4, "d"))])
    assert store.at == 0


async def test_a_batch_that_failed_before_its_cursor_is_counted_once_when_repeated() -> None:
    store = Store()
    store.refuse("word_counts", "3:")
    line = sink(store, Reader([]))
    batch = [event(stored(1, "tea")), event(stored(2, "tea milk"))]
    with pytest.raises(TransientFailure):
        await line.process("l", batch)
    store.refuse()
    await line.process("l", batch)
    assert counts(store) == {"tea": 2, "milk": 1}
    assert sum(count for count, _ in store.minutes.values()) == 2


async def test_refusals_are_no_facts() -> None:
    store = Store()
    refused = records.MessageRefused(
        room_id=ROOM, account_id=ROOM, message_id=ROOM, code="NOT_A_MEMBER", reason="", at="now"
    )
    await sink(store, Reader([])).process("l", [event(refused)])
    assert store.log == []


async def test_what_is_no_record_is_poison() -> None:
    with pytest.raises(PoisonMessage):
        await sink(Store(), Reader([])).process("l", [event(b"{}")])


async def test_a_time_that_is_none_is_poison() -> None:
    with pytest.raises(PoisonMessage):
        await sink(Store(), Reader([])).process("l", [event(stored(1, "tea", at="yesterday"))])


@pytest.mark.parametrize(
    ("at", "minute"),
    [
        ("2026-11-21T12:00:00.000Z", 0),
        ("2026-11-21T12:00:59.999Z", 0),
        ("2026-11-21T12:01:00.000Z", 1),
        ("2026-11-21T21:00:30.000+09:00", 0),
        ("2026-11-21T12:00:30Z", 0),
        ("2026-11-21t12:00:30.123456z", 0),
    ],
)
def test_a_time_is_of_its_minute_in_whatever_form(at: str, minute: int) -> None:
    assert minute_of(at, NOW) == int(MINUTE) + minute


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-21T12:00:60.000Z",
        "2026-11-21T24:00:00.000Z",
        "2026-02-30T12:00:00.000Z",
        "2026-11-21T12:00:00.000",
        "26-11-21T12:00:0:00.000Z",
        "2026-11-21T12-00:00.000Z",
    ],
)
def test_a_time_that_is_none_has_no_minute_and_is_poison(at: str) -> None:
    with pytest.raises(PoisonMessage):
        minute_of(at, NOW)


async def test_a_message_of_the_future_or_of_long_ago_is_seen_and_counted_in_no_minute() -> None:
    store = Store()
    absurd = ("2026-11-21T12:16:00.000Z", "9999-12-31T23:59:59.999Z", "2026-10-20T00:00:00.000Z")
    facts = [stored(number, "tea", at=at) for number, at in enumerate(absurd, start=1)]
    late = stored(4, "tea", at="2026-11-20T12:00:00.000Z")
    await sink(store, Reader([])).process("l", [event(fact) for fact in (*facts, late)])
    assert store.minutes == {str(int(MINUTE) - 1440): [1, 4]}
    assert (store.at, counts(store)) == (4, {"tea": 4})


async def test_signups_are_counted_by_minute() -> None:
    store = Store()
    created = records.AccountCreated(
        fact_no=1,
        request_id=ROOM,
        account_id=ROOM,
        user_id="ann",
        name="Ann",
        created_at="2026-11-21T12:00:59.999Z",
    )
    assert await SignupCounter(store.tables, lambda: NOW).count(3, 0, [created]) == 1
    assert store.minutes == {MINUTE: [1, 1]}


async def test_a_new_name_is_no_signup_and_leaves_no_gap() -> None:
    store = Store()
    renamed = records.ProfileChanged(
        fact_no=1,
        request_id=ROOM,
        account_id=ROOM,
        user_id="ann",
        name="Anna",
        at="2026-11-21T12:00:59.999Z",
    )
    app: Any = None
    account_line = LineSink(
        app, ACCOUNT.response.name, SignupCounter(store.tables, lambda: NOW), Reader([])
    )
    await account_line.process("l", [event(renamed)])
    assert (store.tables.accounts.cursor(3), store.minutes) == (1, {})


def test_a_lane_is_a_partition() -> None:
    line = sink(Store(), Reader([]))
    assert line.lane_of(TOPIC, 1) != line.lane_of(TOPIC, 2)


def test_batches_are_larger_while_all_of_a_worker_end_within_a_drain() -> None:
    assert [batch_size(500, partitions) for partitions in (1, 8, 10, 32)] == [1000, 1000, 800, 500]
    assert batch_size(2000, 8) == 2000
