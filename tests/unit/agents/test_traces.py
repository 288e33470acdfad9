"""Each record that an agent produces carries the trace of what led to it, in batches too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.conduct import judged_together
from agents.erasure.chat import ChatErasure
from agents.erasure.steps import PARTS, StepSink
from agents.loop.dead_letters import dead_letter
from agents.loop.traces import answer_headers, trace_of
from agents.loop.wish_sink import Answer, Asked, WishSink
from agents.messages.moderation import Moderator
from agents.messages.wishes import MessageSink
from agents.notices.following import FollowSink
from chatstream.domain.abuse.policy import DEFAULT
from chatstream.domain.times import now_text
from chatstream.domain.tracing import header, parse, traceparent
from chatstream.errors import PoisonKind
from chatstream.ports.erasure import ChatTraces
from chatstream.ports.messages import ChangeOutcome
from infra import tracing
from schemas import records
from schemas.contexts.conduct import CONDUCT, SANCTION
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE
from schemas.contexts.rooms import ROOM
from tests.fakes.batching import Rig as LoopRig
from tests.fakes.messages import FakeMessages
from tests.fakes.outsiders import nobody_outside
from tests.fakes.producing import FixedPolicy, Producer, app_over, event_of

ROOM_ID, ACCOUNT = str(uuid4()), str(uuid4())
AT = "2026-11-21T12:00:00.000Z"
WISHED = 1_764_380_000.123


class Everybody(set[str]):
    def __contains__(self, account: object) -> bool:
        return True


def traced(event: Any, known: bytes | None) -> Any:
    """The record with its trace and time on Kafka."""
    event.message.headers = () if known is None else (("other", b"x"), ("traceparent", known))
    event.message.timestamp = WISHED
    return event


def enter(known: bytes | None) -> Any:
    wish = records.EnterRoom(
        request_id=str(uuid4()),
        room_id=str(uuid4()),
        account_id=ACCOUNT,
        user_id="min",
        user_name="민",
        requested_at=AT,
    )
    return traced(event_of(ROOM.request.name, wish, wish.room_id), known)


class Entering(WishSink[records.EnterRoom, Any]):
    """Answers the last wish first, as facts of several partitions come in another order."""

    stream = ROOM

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.EnterRoom]]
    ) -> Sequence[Answer]:
        last = len(asked) - 1
        return [(last - n, self._entered(each.record)) for n, each in enumerate(reversed(asked))]

    def _entered(self, record: records.EnterRoom) -> records.RoomEntered:
        return records.RoomEntered(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            member_count=1,
            access_version=1,
            at=AT,
        )

    def refusal(self, record: records.EnterRoom, code: Any, reason: str) -> records.RoomRefused:
        return records.RoomRefused(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at=AT,
        )


def told(producer: Producer, topic: str) -> list[list[tuple[str, bytes]]]:
    """The headers of the records on a topic."""
    sent = zip(producer.sent, producer.headers, strict=True)
    return [list(headers or ()) for (name, *_), headers in sent if name == topic]


async def test_each_answer_of_a_batch_has_the_trace_and_the_time_of_its_own_wish() -> None:
    producer = Producer()
    sink = Entering(app_over(producer), {"one": None})
    traces = [tracing.begin() for _ in range(3)]
    batch = [enter(each) for each in traces]
    # One partition, so that the records go out as one batch of the producer.
    for event in batch:
        event.value = batch[0].value
        event.message.partition = batch[0].message.partition
    await sink.process("one", batch)
    assert told(producer, ROOM.response.name) == [
        [("traceparent", each), ("wished", b"1764380000123")] for each in reversed(traces)
    ]


@pytest.mark.parametrize("value", [None, b"", b"x", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01"])
async def test_a_wish_without_a_good_trace_begins_one_with_its_answer(value: bytes | None) -> None:
    producer = Producer()
    await Entering(app_over(producer), {"one": None}).process("one", [enter(value), enter(value)])
    first, second = (dict(each)["traceparent"] for each in told(producer, ROOM.response.name))
    assert traceparent(first) == first != second == traceparent(second)


async def test_a_rejected_wish_and_its_refusal_are_in_its_trace() -> None:
    producer, known = Producer(), tracing.begin()
    await Entering(app_over(producer), {"one": None}).reject(enter(known), "no")
    for topic in (ROOM.dlq.name, ROOM.response.name):
        (headers,) = told(producer, topic)
        assert dict(headers)["traceparent"] == known


def test_a_dead_letter_of_a_record_without_a_trace_has_none() -> None:
    assert header(dead_letter(enter(None), "no").headers, "traceparent") is None
    assert header(dead_letter(enter(b"broken"), "no").headers, "traceparent") is None


def test_a_record_without_a_time_says_none() -> None:
    event = enter(tracing.begin())
    event.message.timestamp = None
    assert [name for name, _ in answer_headers(event)] == ["traceparent"]


@pytest.mark.parametrize(
    ("value", "kept"), [(b"1764380000001", [b"1764380000001"]), (b"-1", []), (b"", []), (None, [])]
)
def test_an_answer_says_when_its_wish_was_asked_as_the_wish_does(
    value: bytes | None, kept: list[bytes]
) -> None:
    event = enter(tracing.begin())
    event.message.headers = (*event.message.headers, ("asked", value))
    assert [each for name, each in answer_headers(event) if name == "asked"] == kept


def test_headers_with_a_null_value_are_none() -> None:
    event = enter(None)
    event.message.headers = (("traceparent", None),)
    assert trace_of(event) is None


# -- what wishes lead to ---------------------------------------------------------------------


def say(text: str, known: bytes, offset: int) -> Any:
    wish = records.SendMessage(
        room_id=ROOM_ID,
        account_id=ACCOUNT,
        user_id="min",
        user_name="민",
        message_id=str(uuid4()),
        message=text,
        requested_at=now_text(),
    )
    return traced(event_of(MESSAGE.request.name, wish, ROOM_ID, offset), known)


def message_sink(producer: Producer, store: Any) -> MessageSink:
    homes = dict.fromkeys(range(8), "chat0")
    moderator = Moderator(FixedPolicy(DEFAULT))
    return MessageSink(app_over(producer), {"chat0": store}, homes, moderator, nobody_outside())


async def test_a_mute_is_asked_for_in_the_trace_of_the_message_that_brought_it() -> None:
    producer = Producer()
    sink = message_sink(producer, FakeMessages({ROOM_ID: Everybody()}))
    traces = [tracing.begin() for _ in range(20)]
    batch = [say("shit, kill yourself", each, n) for n, each in enumerate(traces)]
    await sink.process("chat0", batch)
    answers = producer.told(MESSAGE.response.name)
    headers = told(producer, MESSAGE.response.name)
    muted = next(n for n, each in enumerate(answers) if each.reason == "muted")
    (wish,) = told(producer, SANCTION.request.name)
    assert wish == headers[muted][:1]
    assert [parse(dict(each)["traceparent"]) for each in headers] == list(map(parse, traces))


async def test_what_others_hear_of_one_message_is_in_its_trace_and_of_several_in_none() -> None:
    producer, known = Producer(), tracing.begin()
    sink = message_sink(producer, FakeMessages({ROOM_ID: Everybody()}))
    await sink.process("chat0", [say("a", known, 1)])
    await sink.process("chat0", [say("b", known, 2), say("c", tracing.begin(), 3)])
    assert told(producer, CONDUCT.event.name) == [[("traceparent", known)], []]
    assert judged_together([], 8) == []


async def test_a_change_and_the_wish_of_who_follows_it_are_in_the_trace_of_the_edit() -> None:
    producer, known, message_id = Producer(), tracing.begin(), str(uuid4())
    outcome = ChangeOutcome(
        wish=0, fact_no=7, seq=3, rev=7, user_id="min", user_name="민", former="old", text="new",
        created_at=AT, at=AT, access_version=1, room_kind="group", last_seq=4,
    )  # fmt: skip

    async def carry_out(generation: int | None, wishes: Sequence[Any]) -> Sequence[Any]:
        return [outcome]

    edit = records.EditMessage(
        request_id=str(uuid4()),
        room_id=ROOM_ID,
        account_id=ACCOUNT,
        message_id=message_id,
        message="new",
        requested_at=AT,
    )
    event = traced(event_of(MESSAGE.request.name, edit, ROOM_ID), known)
    await message_sink(producer, SimpleNamespace(carry_out=carry_out)).process("chat0", [event])
    assert told(producer, MESSAGE.event.name) == [[("traceparent", known)]]
    (changed,) = producer.told(MESSAGE.event.name)
    event = traced(event_of(MESSAGE.event.name, changed, ROOM_ID), known)
    await FollowSink(app_over(producer)).process("notices", [event])
    assert told(producer, NOTICE.request.name) == [[("traceparent", known)]]


async def test_steps_of_an_erasure_done_at_once_keep_their_own_traces() -> None:
    producer, both = Producer(), asyncio.Barrier(2)
    app = app_over(producer)

    class Leaving:
        async def erase(self, account_id: str) -> ChatTraces:
            await both.wait()
            return ChatTraces(rooms=(account_id,), erased={"rows": 1})

    part = PARTS["chat"]
    sink = StepSink(app, part, ChatErasure(app, {"chat0": Leaving()}))
    traces = {str(uuid4()): tracing.begin() for _ in range(2)}
    batch = [
        traced(event_of(part.request.name, step(part, account_id), account_id), known)
        for account_id, known in traces.items()
    ]
    await sink.process("erasure", batch)
    left = zip(producer.told(ROOM.request.name), told(producer, ROOM.request.name), strict=True)
    assert {wish.room_id: dict(each)["traceparent"] for wish, each in left} == traces
    reports = producer.told(part.response.name)
    assert [
        (report.account_id, dict(headers)["traceparent"])
        for report, headers in zip(reports, told(producer, part.response.name), strict=True)
    ] == list(traces.items())


def step(part: Any, account_id: str) -> Any:
    saga_id = str(uuid4())
    return part.wish(
        saga_id=saga_id, account_id=account_id, step=part.name, attempt=1, upto={}, at=AT
    )


async def test_lines_about_one_record_are_in_its_trace_those_about_a_batch_in_none() -> None:
    rig, known, seen = LoopRig(), tracing.begin(), []
    process, reject = rig.sink.process, rig.sink.reject

    async def processing(lane: str, batch: Sequence[Any]) -> None:
        seen.append((len(batch), tracing.current()))
        await process(lane, batch)

    async def rejecting(event: Any, reason: str, kind: PoisonKind) -> None:
        seen.append((0, tracing.current()))
        await reject(event, reason, kind)

    rig.sink.process, rig.sink.reject = processing, rejecting  # type: ignore[method-assign]
    rig.sink.poison = {2}
    rig.put((0, 1), (0, 2))
    for event in list(rig.stream.queue._queue):  # type: ignore[attr-defined]
        event.message.headers = (("traceparent", known),)
    await rig.acked(2)
    assert (2, None) in seen
    assert {trace for count, trace in seen if count < 2} == {known}
    assert (0, known) in seen
    await rig.close()
