"""The agent of saved messages: every wish carried out in order, and answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.saving import SavedSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.saving import SAVED
from tests.fakes import events
from tests.fakes.producer import ProducerSpy
from tests.fakes.saving import FakeSaved, FakeSavedRoom

REQUEST, RESPONSE = SAVED.request.name, SAVED.response.name
PARTITIONS = 8
AT = "2026-11-21T00:00:00.000Z"
LATER = "2026-11-21T00:00:01.000Z"


@dataclass
class Rig:
    """A sink over fakes, a room of `who` with one message."""

    store: FakeSaved = field(default_factory=FakeSaved)
    producer: ProducerSpy = field(default_factory=ProducerSpy)
    room_id: str = field(default_factory=lambda: str(uuid4()))
    who: str = field(default_factory=lambda: str(uuid4()))
    message_id: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        app: Any = SimpleNamespace(
            producer=self.producer, conf=SimpleNamespace(topic_partitions=PARTITIONS)
        )
        self.store.rooms[self.room_id] = FakeSavedRoom({self.who}, {self.message_id: "hi"})
        self.sink = SavedSink(app, {"0": self.store}, dict.fromkeys(range(PARTITIONS), "0"))

    def wish(self, kind: type[records.SavedWish], **changes: str) -> Any:
        fields: dict[str, Any] = {
            "request_id": str(uuid4()),
            "room_id": self.room_id,
            "account_id": self.who,
            "message_id": self.message_id,
            "requested_at": AT,
        }
        return kind(**(fields | changes))

    async def process(self, *wishes: Any) -> list[Any]:
        self.producer.sent.clear()
        await self.sink.process("0", [event_of(wish) for wish in wishes])
        return [codec.decode(topic, value) for topic, _, value, _ in self.producer.sent]


def event(value: bytes, partition: int) -> Any:
    return events.event(REQUEST, value, partition)


def event_of(wish: records.SavedWish) -> Any:
    return event(records.encode(wish), partition_of(wish.room_id, PARTITIONS))


async def test_each_wish_is_answered_in_order_in_its_rooms_partition() -> None:
    rig = Rig()
    wishes = [
        rig.wish(records.SaveMessage),
        rig.wish(records.SaveMessage, requested_at=LATER),
        rig.wish(records.UnsaveMessage),
        rig.wish(records.UnsaveMessage),
    ]
    told = await rig.process(*wishes)
    kinds: list[type] = [
        records.MessageSaved,
        records.MessageSaved,
        records.MessageUnsaved,
        records.MessageUnsaved,
    ]
    assert [type(each) for each in told] == kinds
    assert [each.request_id for each in told] == [wish.request_id for wish in wishes]
    assert (told[0].saved_at, told[1].saved_at) == (AT, AT)
    for topic, key, _, partition in rig.producer.sent:
        assert (topic, key) == (RESPONSE, rig.room_id.encode())
        assert partition == partition_of(rig.room_id, PARTITIONS)


async def test_the_same_records_again_end_in_the_same_state() -> None:
    rig = Rig()
    wishes = [rig.wish(records.SaveMessage), rig.wish(records.UnsaveMessage)]
    await rig.process(*wishes)
    await rig.process(*wishes)
    assert rig.store.kept == {}


async def test_what_may_not_be_kept_is_refused_with_its_code() -> None:
    rig = Rig()
    told = await rig.process(
        rig.wish(records.SaveMessage, account_id=str(uuid4())),
        rig.wish(records.SaveMessage, message_id=str(uuid4())),
        rig.wish(records.SaveMessage, room_id=str(uuid4())),
    )
    assert [each.code for each in told] == ["NOT_A_MEMBER", "MESSAGE_NOT_FOUND", "ROOM_NOT_FOUND"]
    assert rig.store.kept == {}


@pytest.mark.parametrize(
    "changes", [{"account_id": "x"}, {"message_id": "x"}, {"requested_at": "yesterday"}]
)
async def test_a_wish_that_can_never_be_carried_out_is_poison(changes: dict[str, str]) -> None:
    rig = Rig()
    with pytest.raises(PoisonMessage):
        await rig.process(rig.wish(records.SaveMessage, **changes))
    assert rig.store.wishes == []


async def test_a_wish_in_a_foreign_partition_is_poison() -> None:
    rig = Rig()
    foreign = (partition_of(rig.room_id, PARTITIONS) + 1) % PARTITIONS
    with pytest.raises(PoisonMessage):
        await rig.sink.process("0", [event(records.encode(rig.wish(records.SaveMessage)), foreign)])


async def test_a_rejected_wish_is_dead_lettered_and_whoever_waits_is_told() -> None:
    rig = Rig()
    wish = rig.wish(records.SaveMessage)
    await rig.sink.reject(event_of(wish), "another partition")
    dead, answer = rig.producer.sent
    assert (dead[0], dead[2]) == (SAVED.dlq.name, records.encode(wish))
    refused = codec.decode(answer[0], answer[2])
    assert (refused.request_id, refused.code) == (wish.request_id, "INVALID_INPUT")
