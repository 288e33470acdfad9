"""The friend agent's sink: what it takes, stores and tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.friends import FriendSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.friends import FRIEND
from tests.fakes import events
from tests.fakes.people import FakePeople
from tests.fakes.producer import ProducerSpy

REQUEST, RESPONSE = FRIEND.request.name, FRIEND.response.name
PARTITIONS = 8
ME = "0190a0f0-0000-7000-8000-00000000000a"


def wish(kind: type[records.FriendWish], target: str, **changes: str) -> records.FriendWish:
    values: dict[str, Any] = {"request_id": str(uuid4()), "account_id": ME, "user_id": "minsu"}
    return kind(
        **(values | changes), target_user_id=target, requested_at="2026-11-21T00:00:00.000Z"
    )


def event(value: bytes, partition: int = partition_of(ME, PARTITIONS)) -> Any:
    return events.event(REQUEST, value, partition)


@pytest.fixture
def producer() -> ProducerSpy:
    return ProducerSpy()


@pytest.fixture
def sink(producer: ProducerSpy) -> FriendSink:
    people = FakePeople()
    people.add(ME, "minsu", "민수")
    people.add(str(uuid4()), "jieun", "지은")
    app: Any = SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))
    return FriendSink(app, {"friend": people})


async def test_each_kind_of_wish_is_answered_by_its_fact_in_order(
    sink: FriendSink, producer: ProducerSpy
) -> None:
    wishes = [
        wish(records.AddFriend, "jieun"),
        wish(records.RemoveFriend, "jieun"),
        wish(records.AddFriend, "nobody"),
        wish(records.UnblockUser, "jieun"),
        wish(records.BlockUser, "jieun"),
        wish(records.UnblockUser, "jieun"),
    ]
    await sink.process(sink.lane_of(REQUEST, 0), [event(records.encode(each)) for each in wishes])
    answers = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert [type(one) for one in answers[:4]] == [
        records.FriendAdded,
        records.FriendRemoved,
        records.UserBlocked,
        records.UserUnblocked,
    ]
    assert [one.fact_no for one in answers[:4]] == [1, 2, 3, 4]
    assert {(one.user_id, one.target_user_id) for one in answers[:4]} == {("minsu", "jieun")}
    rest = {one.request_id: one for one in answers[4:]}
    assert rest[wishes[2].request_id].code == "USER_NOT_FOUND"
    assert isinstance(rest[wishes[3].request_id], records.FriendUnchanged)
    for topic, key, _, partition in producer.sent:
        assert (topic, key, partition) == (RESPONSE, ME.encode(), partition_of(ME, PARTITIONS))


@pytest.mark.parametrize(
    "broken",
    [
        wish(records.AddFriend, "No Handle"),
        wish(records.AddFriend, "jieun", request_id="x"),
        wish(records.AddFriend, "jieun", account_id="x"),
    ],
)
async def test_a_wish_that_can_never_be_carried_out_is_poison(
    sink: FriendSink, broken: records.FriendWish
) -> None:
    with pytest.raises(PoisonMessage):
        await sink.process("friend", [event(records.encode(broken))])


async def test_a_wish_in_a_foreign_partition_is_poison(sink: FriendSink) -> None:
    foreign = (partition_of(ME, PARTITIONS) + 1) % PARTITIONS
    with pytest.raises(PoisonMessage):
        await sink.process(
            "friend", [event(records.encode(wish(records.AddFriend, "jieun")), foreign)]
        )


async def test_a_rejected_wish_is_dead_lettered_and_whoever_waits_is_told(
    sink: FriendSink, producer: ProducerSpy
) -> None:
    broken = wish(records.BlockUser, "No Handle")
    await sink.reject(event(records.encode(broken)), "no handle")
    (dead, _, value, _), (_, _, answer, _) = producer.sent
    assert (dead, value) == (FRIEND.dlq.name, records.encode(broken))
    refused = codec.decode(RESPONSE, answer)
    assert (refused.request_id, refused.code) == (broken.request_id, "INVALID_INPUT")
    await sink.reject(event(b"\x00"), "not JSON")
    assert producer.sent[2][0] == FRIEND.dlq.name
