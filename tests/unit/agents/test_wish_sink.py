"""The sink of wishes: the partition of the key, and the answer of a rejection."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st

from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import ErrorCode, PoisonKind, PoisonMessage, TransientFailure
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.fakes import events
from tests.fakes.producer import ProducerSpy
from tests.samples import sample

PARTITIONS = 8


class Sink(WishSink[records.EnterRoom, None]):
    """Wishes to enter rooms, of anybody but `nobody`; the last is answered first."""

    stream = ROOM
    refused_as = ErrorCode.ROOM_NOT_FOUND

    def __init__(self) -> None:
        self.producer = ProducerSpy()
        conf = SimpleNamespace(topic_partitions=PARTITIONS)
        app: Any = SimpleNamespace(producer=self.producer, conf=conf)
        super().__init__(app, {"one": None})

    def check(self, record: records.EnterRoom) -> None:
        if record.user_name == "nobody":
            raise ValueError("nobody may enter")

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.EnterRoom]]
    ) -> Sequence[Answer]:
        last = len(asked) - 1
        return [(last - n, self._entered(each.record)) for n, each in enumerate(reversed(asked))]

    def _entered(self, record: records.EnterRoom) -> records.RoomEntered | bytes:
        entered = records.RoomEntered(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            member_count=1,
            access_version=1,
            at="",
        )
        return entered if record.user_name == "new" else records.encode(entered)

    def refusal(
        self, record: records.EnterRoom, code: ErrorCode, reason: str
    ) -> records.RoomRefused:
        return records.RoomRefused(
            request_id=record.request_id,
            room_id=record.room_id,
            account_id=record.account_id,
            code=str(code),
            reason=reason,
            at="",
        )


def wish(room_id: str = "", name: str = "new") -> records.EnterRoom:
    return records.EnterRoom(
        request_id=str(uuid4()),
        room_id=room_id or str(uuid4()),
        account_id=str(uuid4()),
        user_id="minsu",
        user_name=name,
        requested_at="2026-11-21T00:00:00.000Z",
    )


def event(value: bytes | None, partition: int = 5) -> Any:
    return events.event(ROOM.request.name, value, partition)


def event_of(asked: records.EnterRoom) -> Any:
    return event(records.encode(asked), partition_of(asked.room_id, PARTITIONS))


@given(room_id=st.uuids().map(str), partition=st.integers(0, PARTITIONS - 1))
def test_a_record_is_poison_in_every_partition_but_its_keys(room_id: str, partition: int) -> None:
    asked = wish(room_id)
    found = event(records.encode(asked), partition)
    if partition == partition_of(room_id, PARTITIONS):
        read = Sink().parse(found)
        assert read == Asked(asked, partition, 7, read.headers)
    else:
        with pytest.raises(PoisonMessage, match="roomId") as error:
            Sink().parse(found)
        assert error.value.kind is PoisonKind.MISPLACED


def test_what_the_check_does_not_take_is_poison_with_its_reason() -> None:
    with pytest.raises(PoisonMessage, match="nobody may enter"):
        Sink().parse(event_of(wish(name="nobody")))


async def test_each_answer_goes_to_the_partition_and_key_of_its_wish_in_the_order_given() -> None:
    sink, wishes = Sink(), [wish(), wish(name="known")]
    await sink.process("one", [event_of(each) for each in wishes])
    assert [(topic, key, partition) for topic, key, _, partition in sink.producer.sent] == [
        (ROOM.response.name, each.room_id.encode(), partition_of(each.room_id, PARTITIONS))
        for each in reversed(wishes)
    ]
    told = [codec.decode(topic, value) for topic, _, value, _ in sink.producer.sent]
    assert [each.request_id for each in told] == [each.request_id for each in reversed(wishes)]


async def test_a_rejected_wish_is_dead_lettered_first_and_then_refused() -> None:
    sink, asked = Sink(), wish()
    await sink.reject(event(records.encode(asked)), "no")
    letter, (topic, key, value, partition) = sink.producer.sent
    assert letter == (ROOM.dlq.name, b"k", records.encode(asked), 5)
    assert (topic, key, partition) == (ROOM.response.name, asked.room_id.encode(), 5)
    assert codec.decode(topic, value) == sink.refusal(asked, ErrorCode.ROOM_NOT_FOUND, "no")


@pytest.mark.parametrize("value", [None, b"\x00", b'{"type":"unknown"}'])
async def test_a_record_that_names_no_wish_is_dead_lettered_unanswered(value: bytes | None) -> None:
    sink = Sink()
    await sink.reject(event(value), "no")
    assert sink.producer.sent == [(ROOM.dlq.name, b"k", value or b"", 5)]


def refusals(code: ErrorCode) -> float:
    return sample("wishes_refused_total", topic=ROOM.request.name, code=str(code))


async def test_refusals_are_counted_by_code_once_they_are_told() -> None:
    class Refusing(Sink):
        async def carry_out(
            self, lane: str, generation: int | None, asked: Sequence[Asked[records.EnterRoom]]
        ) -> Sequence[Answer]:
            refused = self.refusal(asked[0].record, ErrorCode.BLOCKED, "")
            return [(0, refused), (1, self._entered(asked[1].record))]

    sink, before = Refusing(), refusals(ErrorCode.BLOCKED)
    batch = [event_of(wish()), event_of(wish())]
    sink.producer.away = KafkaConnectionError("away")
    with pytest.raises(TransientFailure):
        await sink.process("one", batch)
    assert refusals(ErrorCode.BLOCKED) == before
    sink.producer.away = None
    await sink.process("one", batch)
    assert refusals(ErrorCode.BLOCKED) == before + 1


async def test_a_rejected_wish_counts_as_refused() -> None:
    sink, before = Sink(), refusals(ErrorCode.ROOM_NOT_FOUND)
    await sink.reject(event_of(wish()), "no")
    await sink.reject(event(b"\x00"), "no")
    assert refusals(ErrorCode.ROOM_NOT_FOUND) == before + 1


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (event(b"\x00"), PoisonKind.UNREADABLE),
        (event(None), PoisonKind.UNREADABLE),
        (event_of(wish(name="nobody")), PoisonKind.INVALID),
    ],
)
def test_poison_tells_its_kind(found: Any, kind: PoisonKind) -> None:
    with pytest.raises(PoisonMessage) as error:
        Sink().parse(found)
    assert error.value.kind is kind
