"""Erasure sagas: what is asked for, what each context does, what is noted."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.erasure import sagas as module
from agents.erasure.chat import ChatErasure
from agents.erasure.readers import ReaderErasure
from agents.erasure.sagas import NOT_RUN, ReportSink, SagaDriver
from agents.erasure.steps import PARTS, Done, RowErasure, StepSink
from chatstream.domain.erasure import ALARM_ATTEMPTS, delay, leave_request
from chatstream.domain.partitions import partition_of
from chatstream.domain.tracing import traceparent
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import ChatTraces, PartlyErased
from infra.tracing import begin
from schemas import codec, records
from schemas.catalogue import ERASURE_STEPS, erasure_steps
from schemas.contexts.accounts import ACCOUNT as ACCOUNT_STREAM
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM
from schemas.streams import TopicSpec
from tests.client.waiting import eventually
from tests.fakes.erasure import FakeOffsets, FakeSagas
from tests.fakes.producer import ProducerSpy
from tests.samples import sample

PARTITIONS = 8
CHAT, STATS = PARTS["chat"], PARTS["stats"]
ACCOUNT = str(uuid4())
SAGA = str(uuid4())
AT = "2026-11-21T00:00:00.000Z"


@pytest.fixture
def app() -> Any:
    return SimpleNamespace(
        producer=ProducerSpy(), conf=SimpleNamespace(topic_partitions=PARTITIONS)
    )


def event(spec: TopicSpec, record: records.Record) -> Any:
    partition = partition_of(ACCOUNT, PARTITIONS)
    message = SimpleNamespace(
        topic=spec.name, partition=partition, offset=0, generation_id=1, headers=(), timestamp=None
    )
    return SimpleNamespace(message=message, value=records.encode(record))


def sent(app: Any, spec: TopicSpec) -> list[Any]:
    """The records on a topic, each checked to lie in its key's partition."""
    found = []
    for topic, key, value, partition in app.producer.sent:
        if topic == spec.name:
            assert partition == partition_of(key.decode(), PARTITIONS)
            found.append(codec.decode(topic, value))
    return found


def step(
    name: str, attempt: int = 1, upto: dict[str, tuple[int, ...]] | None = None
) -> records.EraseStep:
    return PARTS[name].wish(
        saga_id=SAGA, account_id=ACCOUNT, step=name, attempt=attempt, upto=upto or {}, at=AT
    )


class Eraser:
    """Answers with `done`, or raises it."""

    def __init__(self, done: Done | Exception) -> None:
        self.done = done

    async def erase(self, step: records.EraseStep) -> Done:
        if isinstance(self.done, Exception):
            raise self.done
        return self.done


# -- a context's part ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "is_done", "problem"),
    [
        (Done({"rows": 2}), True, ""),
        (Done({"rows": 2}, "still in 3 rooms"), False, "still in 3 rooms"),
        (TransientFailure("the store is away"), False, "the store is away"),
        (PartlyErased("the store is away", {"rows": 2}), False, "the store is away"),
    ],
)
async def test_every_attempt_is_reported(
    app: Any, outcome: Done | Exception, is_done: bool, problem: str
) -> None:
    sink = StepSink(app, CHAT, Eraser(outcome))
    await sink.process("erasure", [event(CHAT.request, step("chat", 3))])
    (report,) = sent(app, CHAT.response)
    assert (report.saga_id, report.step, report.attempt) == (SAGA, "chat", 3)
    assert (report.done, report.problem) == (is_done, problem)
    assert report.erased == getattr(outcome, "erased", {})


async def test_who_does_not_answer_for_its_context_does_and_reports_nothing(app: Any) -> None:
    eraser = Eraser(RuntimeError("asked to erase"))
    sink = StepSink(app, STATS, eraser, answers=lambda: False)
    await sink.process("erasure", [event(STATS.request, step("stats"))])
    assert not app.producer.sent


async def test_rows_of_one_store_are_erased_at_once_and_counted(app: Any) -> None:
    async def erase(account_id: str) -> dict[str, int]:
        return {"rows": 2} if account_id == ACCOUNT else {}

    done = await RowErasure(erase).erase(step("chat"))
    assert done == Done({"rows": 2})


class ChatStore:
    """A chat database with these rooms."""

    def __init__(self, *rooms: str) -> None:
        self.rooms = list(rooms)

    async def erase(self, account_id: str) -> ChatTraces:
        assert account_id == ACCOUNT
        return ChatTraces(self.rooms, {"saved messages": 1})


async def test_chat_leaves_every_room_by_a_wish_on_the_rooms_own_topic(app: Any) -> None:
    rooms = [str(uuid4()) for _ in range(5)]
    stores = {"a": ChatStore(*rooms[:2]), "b": ChatStore(*rooms[2:])}
    done = await ChatErasure(app, stores).erase(step("chat"))
    assert done.problem == "still in 5 rooms"
    assert done.erased == {"saved messages": 2}
    wishes = sent(app, ROOM.request)
    assert {wish.room_id: wish.request_id for wish in wishes} == {
        room: leave_request(SAGA, room) for room in rooms
    }
    assert all(wish.account_id == ACCOUNT and not wish.user_id for wish in wishes)


async def test_chat_is_done_when_no_room_is_left_to_leave(app: Any) -> None:
    done = await ChatErasure(app, {"a": ChatStore(), "b": ChatStore()}).erase(step("chat"))
    assert not done.problem
    assert not app.producer.sent


async def test_a_reader_erases_only_when_its_group_has_read_what_it_reads() -> None:
    offsets, erased = FakeOffsets(), []

    async def then(account_id: str) -> dict[str, int]:
        erased.append(account_id)
        return {"search documents": 4}

    reader = ReaderErasure("chatstream-log", ["read"], offsets, then)
    asked = step("log", upto={"read": (5, 0), "not read here": (9, 9)})
    assert (await reader.erase(asked)).problem == "chatstream-log has records from before to read"
    assert not erased
    offsets.passed = True
    assert await reader.erase(asked) == Done({"search documents": 4})
    assert erased == [ACCOUNT]
    assert offsets.asked == [("chatstream-log", {"read": (5, 0)})] * 2


async def test_a_reader_waits_for_others_that_must_have_come_as_far() -> None:
    offsets = FakeOffsets()
    others = {"chatstream-chat": ["wishes"]}
    reader = ReaderErasure("chatstream-stats", ["facts"], offsets, others=others)
    asked = step("stats", upto={"facts": (5, 0), "wishes": (7, 1)})
    assert (await reader.erase(asked)).problem == "chatstream-chat has records from before to read"
    offsets.passed = True
    assert not (await reader.erase(asked)).problem
    assert offsets.asked[1:] == [
        ("chatstream-chat", {"wishes": (7, 1)}),
        ("chatstream-stats", {"facts": (5, 0)}),
    ]


# -- the saga --------------------------------------------------------------------------------


class World:
    """A driver and a report sink over one store, and contexts that answer."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.sagas = FakeSagas()
        self.offsets = FakeOffsets()
        self.driver = SagaDriver(app, self.sagas, self.offsets)
        self.reports = ReportSink(app, self.sagas, self.reported)

    def reported(self) -> None:
        self.driver.reported()

    async def drive(self) -> list[records.EraseStep]:
        """What is asked for now."""
        before = len(self.app.producer.sent)
        await self.driver.drive()
        return [codec.decode(each[0], each[2]) for each in self.app.producer.sent[before:]]

    async def report(self, asked: records.EraseStep, *, done: bool = True) -> None:
        part = PARTS[asked.step]
        report = part.report(
            saga_id=asked.saga_id,
            account_id=asked.account_id,
            step=asked.step,
            attempt=asked.attempt,
            done=done,
            problem="" if done else "not yet",
            erased={"rows": 1},
            at=AT,
        )
        for _ in range(2):  # at least once
            await self.reports.process("sagas", [event(part.response, report)])


@pytest.fixture
def world(app: Any) -> World:
    world = World(app)
    world.sagas.begin(SAGA, ACCOUNT)
    return world


async def test_each_context_is_asked_in_turn_on_its_own_topic(world: World) -> None:
    asked = []
    while found := await world.drive():
        (one,) = found
        asked.append(one.step)
        await world.report(one)
    assert asked == ["friend", "coupon", "content", "chat", "notices", "stats", "log"]
    assert [each[0] for each in world.app.producer.sent] == [
        "kakao.friend.erasure.REQUEST",
        "kakao.coupon.erasure.REQUEST",
        "kakao.content.erasure.REQUEST",
        "kakao.chat.erasure.REQUEST",
        "kakao.notices.erasure.REQUEST",
        "kakao.stats.erasure.REQUEST",
        "kakao.log.erasure.REQUEST",
    ]
    assert all(each.erased in ({}, {"rows": 1}) for each in world.sagas.steps[SAGA].values())


async def test_each_step_is_asked_for_in_the_trace_of_the_saga_or_in_a_new_one(app: Any) -> None:
    world, known = World(app), begin()
    world.sagas.begin(SAGA, ACCOUNT, known)
    for _ in range(2):
        (one,) = await world.drive()
        await world.report(one)
    assert app.producer.headers == [[("traceparent", known)]] * 2
    world.sagas.traces.clear()
    await world.drive()
    (((name, value),),) = app.producer.headers[2:]
    assert name == "traceparent"
    assert traceparent(value) == value != known


async def test_a_step_that_is_not_reported_is_asked_for_again_later(world: World) -> None:
    (first,) = await world.drive()
    assert await world.drive() == []
    world.sagas.now += delay(1)
    (second,) = await world.drive()
    assert (second.step, second.attempt) == (first.step, 2)
    await world.report(second, done=False)
    assert world.sagas.steps[SAGA]["friend"].problem == "not yet"
    world.sagas.now += delay(2)
    assert [each.attempt for each in await world.drive()] == [3]


async def test_readers_get_the_ends_of_when_chat_was_finished_however_often_they_are_asked(
    world: World,
) -> None:
    for _ in ("friend", "coupon", "content", "chat", "notices"):
        (writer,) = await world.drive()
        assert writer.upto == {}
        await world.report(writer)
    (stats,) = await world.drive()
    assert set(stats.upto) == {
        ROOM.response.name,
        MESSAGE.response.name,
        ACCOUNT_STREAM.response.name,
        MESSAGE.request.name,
    }
    world.offsets.end = [99, 99]
    world.sagas.now += delay(1)
    (again,) = await world.drive()
    assert again.upto == stats.upto


async def test_when_a_step_has_ended_the_next_is_asked_for_at_once(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EVERY", 3600)
    monkeypatch.setattr(module, "_SELDOM", 3600)
    world = World(app)
    world.sagas.begin(SAGA, ACCOUNT, steps=ERASURE_STEPS)
    sent = app.producer.sent

    async def is_asked() -> bool:
        return len(sent) == len(reported) + 1

    reported: list[records.EraseStep] = []
    async with world.driver:
        while await world.sagas.running():
            await eventually(is_asked)
            reported.append(codec.decode(sent[-1][0], sent[-1][2]))
            await world.report(reported[-1])


async def test_a_step_of_what_is_run_no_more_ends_and_says_so(app: Any) -> None:
    world = World(app)
    world.driver = SagaDriver(app, world.sagas, world.offsets, ERASURE_STEPS)
    world.sagas.begin(SAGA, ACCOUNT, steps=erasure_steps({"reporting"}))
    asked = []
    for _ in range(10):
        for each in await world.drive():
            asked.append(each.step)
            await world.report(each)
    assert asked == ["friend", "coupon", "content", "chat", "notices", "stats", "log"]
    left = world.sagas.steps[SAGA]["reporting"]
    assert (left.done, left.problem, left.erased) == (True, NOT_RUN, {})


async def test_the_step_of_the_reports_is_asked_for_where_they_are_run(app: Any) -> None:
    world = World(app)
    steps = erasure_steps({"reporting"})
    world.driver = SagaDriver(app, world.sagas, world.offsets, steps)
    world.sagas.begin(SAGA, ACCOUNT, steps=steps)
    asked = []
    while found := await world.drive():
        asked += [each.step for each in found]
        await world.report(found[0])
    writers = ["friend", "coupon", "content", "chat", "notices"]
    assert asked == [*writers, "reporting", "stats", "log"]


async def away(*_: object) -> None:
    raise TransientFailure("kafka is away")


async def test_an_outage_of_the_broker_only_delays(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "send_all", away)
    await world.driver.drive()
    monkeypatch.undo()
    world.sagas.now += delay(1)
    assert [each.attempt for each in await world.drive()] == [2]


async def test_a_step_that_keeps_failing_is_logged_as_an_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for attempt in range(1, ALARM_ATTEMPTS + 1):
        assert not caplog.records
        await world.drive()
        world.sagas.now += delay(attempt)
    assert SAGA in caplog.text


@pytest.fixture
async def alarming(world: World) -> World:
    """One saga alarms, and that is told."""
    for attempt in range(1, ALARM_ATTEMPTS):
        await world.drive()
        assert sample("sagas_alarming") == 0
        world.sagas.now += delay(attempt)
    await world.drive()
    assert sample("sagas_alarming") == 1
    return world


async def test_a_saga_alarms_by_a_number_until_its_step_is_done(alarming: World) -> None:
    alarming.sagas.now += delay(ALARM_ATTEMPTS)
    (asked,) = await alarming.drive()
    await alarming.report(asked)
    await alarming.drive()
    assert sample("sagas_alarming") == 0


@pytest.mark.parametrize("fails", ["due", "note_ends", "send_all"])
async def test_alarms_are_told_also_while_steps_cannot_be_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    for _ in ("friend", "coupon", "content", "chat", "notices"):
        (writer,) = await world.drive()
        await world.report(writer)
    monkeypatch.setattr(module if fails == "send_all" else world.sagas, fails, away)
    world.sagas.steps[SAGA]["stats"].attempts = ALARM_ATTEMPTS
    module.ALARMS.set(0)
    await world.driver.drive()
    assert sample("sagas_alarming") == 1


async def test_alarms_that_cannot_be_counted_stand_with_their_time_and_delay_no_step(
    alarming: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    module.LOOKED.set(1)
    alarming.sagas.now += delay(ALARM_ATTEMPTS)
    with monkeypatch.context() as patched:
        patched.setattr(alarming.sagas, "alarming", away)
        assert [each.step for each in await alarming.drive()] == ["friend"]
    assert (sample("sagas_alarming"), sample("sagas_looked_at_timestamp_seconds")) == (1, 1)
    await alarming.drive()
    assert time.time() - sample("sagas_looked_at_timestamp_seconds") < 60
