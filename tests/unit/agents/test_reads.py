"""The agent of read positions: one record a room, an answer for every wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.reading import ReadSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.reading import READ
from tests.fakes import events
from tests.fakes.producer import ProducerSpy
from tests.fakes.reading import FakeReadRoom, FakeReads

REQUEST, RESPONSE = READ.request.name, READ.response.name
PARTITIONS = 8
AT = "2026-11-21T00:00:00.000Z"


@dataclass
class Rig:
    """A sink over fakes."""

    store: FakeReads = field(default_factory=FakeReads)
    producer: ProducerSpy = field(default_factory=ProducerSpy)

    def __post_init__(self) -> None:
        app: Any = SimpleNamespace(
            producer=self.producer, conf=SimpleNamespace(topic_partitions=PARTITIONS)
        )
        homes = dict.fromkeys(range(PARTITIONS), "0")
        self.sink = ReadSink(app, {"0": self.store}, homes)

    def room(self, members: int, head: int = 10) -> tuple[str, list[str]]:
        room_id, accounts = str(uuid4()), [str(uuid4()) for _ in range(members)]
        self.store.rooms[room_id] = FakeReadRoom(head, dict.fromkeys(accounts, 0))
        return room_id, accounts

    @property
    def told(self) -> list[Any]:
        return [codec.decode(RESPONSE, value) for _, _, value, _ in self.producer.sent]

    async def process(self, *wishes: records.MoveReadPosition) -> None:
        await self.sink.process("0", [event_of(wish) for wish in wishes])


def move(room_id: str, account_id: str, seq: int) -> records.MoveReadPosition:
    return records.MoveReadPosition(
        request_id=str(uuid4()),
        room_id=room_id,
        account_id=account_id,
        seq=seq,
        requested_at=AT,
    )


def event(value: bytes, partition: int) -> Any:
    return events.event(REQUEST, value, partition)


def event_of(wish: records.MoveReadPosition) -> Any:
    return event(records.encode(wish), partition_of(wish.room_id, PARTITIONS))


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_a_batch_gives_one_record_a_room_in_its_partition(rig: Rig) -> None:
    (one, [min_, jun]), (other, [eve]) = rig.room(2), rig.room(1)
    wishes = [move(one, min_, 3), move(other, eve, 4), move(one, jun, 5), move(one, min_, 7)]
    await rig.process(*wishes)
    assert [record.room_id for record in rig.told] == [one, other]
    first = rig.told[0]
    assert {(each.account_id, each.user_id, each.seq) for each in first.positions} == {
        (min_, f"u-{min_}", 7),
        (jun, f"u-{jun}", 5),
    }
    for topic, key, value, partition in rig.producer.sent:
        record = codec.decode(topic, value)
        assert (topic, key) == (RESPONSE, record.room_id.encode())
        assert partition == partition_of(record.room_id, PARTITIONS)


async def test_every_wish_is_answered_with_where_its_account_stands(rig: Rig) -> None:
    room_id, [min_] = rig.room(1, head=10)
    wishes = [move(room_id, min_, 4), move(room_id, min_, 99), move(room_id, min_, 2)]
    await rig.process(*wishes)
    [record] = rig.told
    assert [(each.request_id, each.seq) for each in record.answers] == [
        (wish.request_id, 10) for wish in wishes
    ]


async def test_a_repeat_is_answered_and_moves_nothing(rig: Rig) -> None:
    room_id, [min_] = rig.room(1)
    wish = move(room_id, min_, 4)
    await rig.process(wish)
    await rig.process(wish)
    first, again = rig.told
    assert (first.moved, again.moved, again.positions) == (1, 0, ())
    assert again.answers == first.answers


async def test_in_a_room_of_many_only_the_number_is_told(rig: Rig) -> None:
    (hundred, few), (more, many) = rig.room(100), rig.room(101)
    await rig.process(
        *(move(hundred, who, 1) for who in few), *(move(more, who, 1) for who in many)
    )
    counted, uncounted = rig.told
    assert (len(counted.positions), counted.moved) == (100, 100)
    assert (uncounted.positions, uncounted.moved) == ((), 101)


async def test_strangers_and_unknown_rooms_are_refused_and_the_rest_moves(rig: Rig) -> None:
    room_id, [min_] = rig.room(1)
    stranger, nowhere = str(uuid4()), str(uuid4())
    wishes = [move(room_id, stranger, 1), move(nowhere, min_, 1), move(room_id, min_, 1)]
    await rig.process(*wishes)
    moved, *refused = rig.told
    assert moved.answers[0].request_id == wishes[2].request_id
    assert {(each.request_id, each.code) for each in refused} == {
        (wishes[0].request_id, "NOT_A_MEMBER"),
        (wishes[1].request_id, "ROOM_NOT_FOUND"),
    }


async def test_a_wish_in_a_foreign_partition_is_poison(rig: Rig) -> None:
    room_id, [min_] = rig.room(1)
    foreign = (partition_of(room_id, PARTITIONS) + 1) % PARTITIONS
    with pytest.raises(PoisonMessage):
        await rig.sink.process("0", [event(records.encode(move(room_id, min_, 1)), foreign)])
    with pytest.raises(PoisonMessage):
        await rig.process(move(room_id, "nobody", 1))
    assert rig.store.batches == []


async def test_a_rejected_wish_is_dead_lettered_and_whoever_waits_is_told(rig: Rig) -> None:
    wish = move(str(uuid4()), str(uuid4()), 1)
    await rig.sink.reject(event_of(wish), "another partition")
    dead, answer = rig.producer.sent
    assert (dead[0], dead[2]) == (READ.dlq.name, records.encode(wish))
    refused = codec.decode(answer[0], answer[2])
    assert (refused.request_id, refused.code) == (wish.request_id, "INVALID_INPUT")
