"""Wishes of a front: one record, many waiters, refusal before producing, a spent producer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber

from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import ASKED, TRACEPARENT, traceparent, wished
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import Logged
from chatstream.settings import LimitSettings
from infra.tracing import begin, within
from schemas import records
from tests.fakes.changes import step
from tests.samples import sample
from web.wishes import Wishes

TOPIC = "kakao.chat.chatMessage.REQUEST"
ROOM = "00000000-0000-4000-8000-000000000001"


@dataclass
class Producer:
    """Takes records; the test ends each delivery."""

    deliveries: list[asyncio.Future[object]] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    renewed: int = 0

    @property
    def inner(self) -> Producer:
        return self

    async def send(self, *record: Any) -> asyncio.Future[object]:
        delivery: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.deliveries.append(delivery)
        self.records.append(record)
        self.sent.set()
        return delivery

    def renew(self) -> None:
        self.renewed += 1


class App:
    """What the wishes use of the app."""

    def __init__(self) -> None:
        self.producer = Producer()
        self.conf = self
        self.topic_partitions = 8


class Rig:
    def __init__(self, topic: str = TOPIC, **limits: Any) -> None:
        self.topic = topic
        self.app = App()
        self.now = 0.0
        self.wishes = Wishes(
            self.app,  # type: ignore[arg-type]  # the fake above
            LimitSettings(**limits),
            clock=lambda: self.now,
        )

    def ask(self, name: str, logged: Logged | None = None) -> asyncio.Task[object]:
        return asyncio.create_task(self.wishes.ask(self.topic, self.wish(name), logged))

    def wish(self, name: str) -> records.SendMessage:
        return records.SendMessage(
            room_id=ROOM,
            account_id="a",
            user_id="u",
            user_name="n",
            message_id=name,
            message="hi",
            requested_at="",
        )

    def begin(self, name: str, told: list[object]) -> Callable[[], object]:
        """A wish of somebody who does not wait."""
        return self.wishes.begin(self.topic, self.wish(name), told.append)

    def await_metadata(self) -> tuple[asyncio.Event, Any]:
        """From now on the producer waits for the event; and its `send` before that."""
        known, plain = asyncio.Event(), self.app.producer.send

        async def send(*record: Any) -> asyncio.Future[object]:
            await known.wait()
            return await plain(*record)

        self.app.producer.send = send  # type: ignore[method-assign]
        return known, plain

    def answer(self, name: str, outcome: object) -> None:
        for partition in range(8):
            self.wishes.resolve(self.topic, partition, (ROOM, "a", name), outcome)


async def code_of(task: asyncio.Task[object]) -> ErrorCode:
    with pytest.raises(UserError) as refusal:
        await task
    return refusal.value.code


async def test_a_repeat_of_a_pending_wish_joins_its_waiter() -> None:
    rig = Rig()
    first, second = rig.ask("m"), rig.ask("m")
    await rig.app.producer.sent.wait()
    rig.answer("m", "stored")
    assert (await first, await second) == ("stored", "stored")
    assert len(rig.app.producer.deliveries) == 1


async def test_a_full_line_refuses_before_producing() -> None:
    rig = Rig(pending_per_partition=1)
    first = rig.ask("one")
    await rig.app.producer.sent.wait()
    assert rig.wishes.congested(ROOM)
    assert await code_of(rig.ask("two")) is ErrorCode.BUSY
    assert len(rig.app.producer.deliveries) == 1
    rig.answer("one", "stored")
    assert await first == "stored"
    assert not rig.wishes.congested(ROOM)


async def test_an_old_unanswered_wish_makes_its_line_busy() -> None:
    rig = Rig(pending_age=2.0)
    first = rig.ask("one")
    await rig.app.producer.sent.wait()
    assert not rig.wishes.congested(ROOM)
    rig.now = 2.5
    assert await code_of(rig.ask("two")) is ErrorCode.BUSY
    rig.answer("one", "stored")
    assert await first == "stored"


async def test_no_outcome_in_time_may_be_repeated() -> None:
    rig = Rig(wish_timeout=0.01)
    assert await code_of(rig.ask("one")) is ErrorCode.STORE_UNAVAILABLE
    rig.wishes._limits = LimitSettings(wish_timeout=60)
    again = rig.ask("one")
    rig.app.producer.sent.clear()
    await rig.app.producer.sent.wait()
    rig.answer("one", "stored")
    assert await again == "stored"


async def test_a_failed_delivery_is_told_at_once() -> None:
    rig = Rig(wish_timeout=60)
    asked = rig.ask("one")
    await rig.app.producer.sent.wait()
    rig.app.producer.deliveries[0].set_exception(KafkaConnectionError())
    assert await code_of(asked) is ErrorCode.STORE_UNAVAILABLE
    assert rig.app.producer.renewed == 0


async def test_a_producer_whose_sequence_is_broken_is_replaced() -> None:
    rig = Rig(wish_timeout=60)
    asked = rig.ask("one")
    await rig.app.producer.sent.wait()
    rig.app.producer.deliveries[0].set_exception(OutOfOrderSequenceNumber())
    assert await code_of(asked) is ErrorCode.STORE_UNAVAILABLE
    assert rig.app.producer.renewed == 1


async def test_wishes_are_produced_in_the_order_they_were_asked() -> None:
    rig, told, waits, produced = Rig(), asyncio.Event(), asyncio.Event(), list[bytes]()
    plain = rig.app.producer.send

    async def first_waits_for_metadata(*record: Any) -> asyncio.Future[object]:
        if not told.is_set() and b'"first"' in record[1]:
            waits.set()
            await told.wait()
        produced.append(record[1])
        return await plain(*record)

    rig.app.producer.send = first_waits_for_metadata  # type: ignore[method-assign]
    asked = {name: rig.ask(name) for name in ("first", "second", "third")}
    await waits.wait()
    told.set()
    while len(produced) < len(asked):
        rig.app.producer.sent.clear()
        await rig.app.producer.sent.wait()
    assert [name for body in produced for name in asked if name.encode() in body] == list(asked)
    for name, task in asked.items():
        rig.answer(name, "stored")
        assert await task == "stored"


async def test_what_waits_is_told_by_topic_with_the_age_of_the_oldest() -> None:
    rig, other = Rig("waiting"), Rig("waiting")
    first = rig.ask("one")
    await rig.app.producer.sent.wait()
    rig.now = 3.0
    second = other.ask("two")
    await other.app.producer.sent.wait()
    assert sample("wishes_pending", topic="waiting") == 2
    assert sample("wishes_pending_oldest_age_seconds", topic="waiting") == 3.0
    rig.answer("one", "stored")
    other.answer("two", "stored")
    await asyncio.gather(first, second)
    assert sample("wishes_pending", topic="waiting") == 0
    assert sample("wishes_pending_oldest_age_seconds", topic="waiting") == 0


async def test_an_answer_tells_its_time_once_also_when_a_repeat_has_joined() -> None:
    rig = Rig("answered")
    first, second = rig.ask("m"), rig.ask("m")
    await rig.app.producer.sent.wait()
    rig.now = 0.2
    rig.answer("m", "stored")
    rig.answer("m", "stored")
    await asyncio.gather(first, second)
    assert sample("wish_answer_seconds_count", topic="answered") == 1
    assert sample("wish_answer_seconds_sum", topic="answered") == 0.2
    assert sample("wishes_joined_total", topic="answered") == 1
    assert sample("wishes_unanswered_total", topic="answered") == 0


async def test_what_was_not_produced_and_what_had_no_answer_are_counted() -> None:
    rig = Rig("unanswered", pending_per_partition=1, wish_timeout=60)
    first = rig.ask("one")
    await rig.app.producer.sent.wait()
    assert await code_of(rig.ask("two")) is ErrorCode.BUSY
    rig.app.producer.deliveries[0].set_exception(KafkaConnectionError())
    assert await code_of(first) is ErrorCode.STORE_UNAVAILABLE
    assert sample("wishes_not_produced_total", topic="unanswered", code="BUSY") == 1
    assert sample("wishes_unanswered_total", topic="unanswered") == 1
    assert sample("wish_answer_seconds_count", topic="unanswered") == 0


async def test_a_wish_carries_its_trace_or_begins_one_and_says_when_it_was_asked() -> None:
    rig, known, before = Rig(), begin(), int(time.time() * 1000)
    with within(known):
        asked = [rig.ask("a")]
    asked += [rig.ask("b"), rig.ask("c")]
    while len(rig.app.producer.records) < len(asked):
        rig.app.producer.sent.clear()
        await rig.app.producer.sent.wait()
    headers = [dict(record[-1]) for record in rig.app.producer.records]
    own, second, third = [each.pop(TRACEPARENT) for each in headers]
    assert own == known
    assert len({known, second, third}) == 3
    assert all(traceparent(value) for value in (second, third))
    times = [wished(each.pop(ASKED)) or 0 for each in headers]
    assert before <= min(times) <= max(times) <= time.time() * 1000
    assert headers == [{}] * 3
    for name in "abc":
        rig.answer(name, "done")
    assert await asyncio.gather(*asked) == ["done"] * 3


@dataclass(frozen=True)
class Place:
    """Where a record lies, as the broker tells."""

    partition: int
    offset: int


async def test_whoever_asks_hears_where_the_wish_lies_once_it_does() -> None:
    rig = Rig()
    places: list[tuple[int, int]] = []
    task = rig.ask("m", lambda *place: places.append(place))
    await rig.app.producer.sent.wait()
    await step()
    assert places == []
    rig.app.producer.deliveries[0].set_result(Place(3, 41))
    await step()
    assert places == [(3, 41)]
    rig.answer("m", "stored")
    assert await task == "stored"


async def test_a_wish_that_was_not_taken_lies_nowhere() -> None:
    rig = Rig()
    places: list[tuple[int, int]] = []
    task = rig.ask("m", lambda *place: places.append(place))
    await rig.app.producer.sent.wait()
    await step()
    rig.app.producer.deliveries[0].set_exception(KafkaConnectionError("away"))
    assert await code_of(task) is ErrorCode.STORE_UNAVAILABLE
    assert places == []


# -- who does not wait -------------------------------------------------------------------------


async def test_a_wish_is_produced_and_answered_without_a_task() -> None:
    rig, told, tasks = Rig(), list[object](), asyncio.all_tasks()
    rig.begin("m", told)
    assert len(rig.app.producer.records) == 1
    assert asyncio.all_tasks() == tasks
    rig.answer("m", "stored")
    rig.answer("m", "again")
    assert told == ["stored"]


async def test_who_has_left_is_told_nothing_and_others_are() -> None:
    rig, left, stayed = Rig(), list[object](), list[object]()
    leave = rig.begin("m", left)
    rig.begin("m", stayed)
    leave()
    rig.answer("m", "stored")
    assert (left, stayed) == ([], ["stored"])


async def test_who_leaves_because_of_what_another_is_told_is_told_nothing() -> None:
    rig, told = Rig(), list[object]()
    leaves: list[Callable[[], object]] = []

    def ended(_: object) -> None:
        leaves[0]()

    rig.wishes.begin(rig.topic, rig.wish("m"), ended)
    leaves.append(rig.begin("m", told))
    rig.answer("m", "stored")
    assert told == []


async def test_a_wish_that_nobody_waits_for_any_more_holds_no_place() -> None:
    rig, told = Rig(pending_per_partition=1), list[object]()
    rig.begin("one", told)()
    assert not rig.wishes.congested(ROOM)
    rig.begin("two", told)
    rig.answer("two", "stored")
    assert told == ["stored"]


async def test_each_waits_its_own_time() -> None:
    rig, told = Rig(wish_timeout=0.01), asyncio.Queue[tuple[str, object]]()

    def begin(name: str) -> None:
        rig.wishes.begin(rig.topic, rig.wish(name), lambda ended: told.put_nowait((name, ended)))

    begin("answered")
    rig.answer("answered", "stored")
    assert await told.get() == ("answered", "stored")
    for name in ("first", "second"):
        begin(name)
        who, ended = await told.get()
        assert who == name
        assert isinstance(ended, UserError)
        assert ended.code is ErrorCode.STORE_UNAVAILABLE
    assert not rig.wishes.congested(ROOM)


async def test_a_fault_of_who_is_told_keeps_nobody_else_waiting() -> None:
    rig, told, faults = Rig(wish_timeout=0.01), asyncio.Queue[object](), list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

    def fails(_: object) -> None:
        raise ValueError

    rig.wishes.begin(rig.topic, rig.wish("first"), fails)
    rig.wishes.begin(rig.topic, rig.wish("second"), told.put_nowait)
    ended = await told.get()
    assert isinstance(ended, UserError)
    assert [type(each["exception"]) for each in faults] == [ValueError]


async def test_what_the_producer_refuses_at_once_is_raised_and_holds_no_place() -> None:
    rig, told = Rig(), list[object]()

    async def refuses(*_: Any) -> asyncio.Future[object]:
        raise KafkaConnectionError

    rig.app.producer.send = refuses  # type: ignore[method-assign]
    with pytest.raises(UserError) as refusal:
        rig.begin("m", told)
    assert refusal.value.code is ErrorCode.STORE_UNAVAILABLE
    assert not rig.wishes.waits(rig.topic, partition_of(ROOM, 8))
    assert told == []


async def test_what_nobody_waits_for_before_its_turn_is_not_produced() -> None:
    rig, told = Rig(), list[object]()
    known, _ = rig.await_metadata()
    leave = rig.begin("left", told)
    rig.begin("kept", told)
    await step()
    leave()
    known.set()
    await rig.app.producer.sent.wait()
    (record,) = rig.app.producer.records
    assert b'"kept"' in record[1]
    rig.answer("kept", "stored")
    assert told == ["stored"]


async def test_what_was_left_before_its_turn_began_holds_up_nobody() -> None:
    rig, told = Rig(), list[object]()
    _, plain = rig.await_metadata()
    rig.begin("left", told)()
    await step()  # it is cancelled
    await step()  # and that is told
    rig.app.producer.send = plain  # type: ignore[method-assign]
    rig.begin("next", told)
    assert len(rig.app.producer.records) == 1
