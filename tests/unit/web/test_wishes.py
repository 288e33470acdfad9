"""Wishes of a front: one record, many waiters, refusal before producing, a spent producer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber

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
        wish = records.SendMessage(
            room_id=ROOM,
            account_id="a",
            user_id="u",
            user_name="n",
            message_id=name,
            message="hi",
            requested_at="",
        )
        return asyncio.create_task(self.wishes.ask(self.topic, wish, logged))

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
        if not told.is_set() and b'"first"' in record[2]:
            waits.set()
            await told.wait()
        produced.append(record[2])
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
