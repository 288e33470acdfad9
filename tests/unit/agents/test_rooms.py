"""The room agent's sink: what it takes, tells and writes into its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.rooms import RoomSink, wish_of
from chatstream.domain.partitions import partition_of
from chatstream.domain.room_batch import RoomChangeWish
from chatstream.domain.rooms import (
    PARTICIPANTS_AT_ONCE,
    SHOWN_MEMBERS,
    Person,
    direct_room_id,
)
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.rooms import ROOM
from tests.fakes.producer import ProducerSpy
from tests.fakes.room_store import PARTITIONS, FakeRoomStore
from tests.samples import sample
from web.shapes import created_room

REQUEST, RESPONSE = ROOM.request.name, ROOM.response.name
AT = "2026-11-21T12:00:00.000Z"


@dataclass
class Members:
    """A table that keeps what it is given."""

    kept: list[object] = field(default_factory=list)

    async def record(self, changes: Sequence[tuple[Any, object]]) -> None:
        self.kept += [fact for _, fact in changes]


class Rig:
    def __init__(self) -> None:
        self.producer, self.members, self.store = ProducerSpy(), Members(), FakeRoomStore()
        conf = SimpleNamespace(topic_partitions=PARTITIONS)
        app: Any = SimpleNamespace(producer=self.producer, conf=conf)
        homes = dict.fromkeys(range(PARTITIONS), "chat-0")
        members: Any = self.members
        self.sink = RoomSink(app, {"chat-0": self.store}, homes, members)

    async def told(self, *wishes: records.RoomWish) -> list[Any]:
        await self.sink.process("chat-0", [event(wish) for wish in wishes])
        answers = [value for topic, _, value, _ in self.producer.sent if topic == RESPONSE]
        return [codec.decode(RESPONSE, value) for value in answers]


def event(wish: records.RoomWish, partition: int | None = None) -> Any:
    where = partition_of(wish.room_id, PARTITIONS) if partition is None else partition
    key, value = wish.room_id.encode(), records.encode(wish)
    message = SimpleNamespace(
        topic=REQUEST,
        partition=where,
        offset=0,
        generation_id=1,
        headers=(),
        timestamp=None,
        key=key,
        value=value,
    )
    return SimpleNamespace(value=value, message=message, key=key)


def wish(record: type[records.RoomWish], room_id: str, account: str, **fields: Any) -> Any:
    return record(
        request_id=str(uuid4()),
        room_id=room_id,
        account_id=account,
        user_id=f"u-{account}",
        user_name="Name",
        requested_at=AT,
        **fields,
    )


def refusals(code: str) -> float:
    """How many the room agent is known to have told."""
    return sample("wishes_refused_total", topic=REQUEST, code=code)


async def test_the_facts_of_a_wish_go_out_in_order_and_into_the_table() -> None:
    rig, room_id, owner, heir = Rig(), *(str(uuid4()) for _ in range(3))
    rig.store.people[heir] = Person(heir, "heir", "Heir")
    made = wish(records.CreateRoom, room_id, owner, kind="group", name="r", participants=("heir",))
    gone = wish(records.RemoveMember, room_id, owner, member_user_id=f"u-{owner}")
    late = wish(records.DeleteRoom, room_id, owner)
    before = refusals("NOT_A_MEMBER")
    told = await rig.told(made, gone, late)
    assert [type(record).__name__ for record in told] == [
        "RoomCreated",
        "MemberLeft",
        "OwnerChanged",
        "RoomRefused",
    ]
    assert [fact.fact_no for fact in told[:3]] == [1, 2, 3]
    assert {record.request_id for record in told[1:3]} == {gone.request_id}
    assert rig.members.kept == told[:3]
    assert (told[3].code, refusals("NOT_A_MEMBER")) == ("NOT_A_MEMBER", before + 1)


@pytest.mark.parametrize(("participants", "name"), [((), ""), (("a", "b"), ""), (("a",), "a name")])
def test_a_direct_room_of_one_or_three_or_with_a_name_can_never_be_made(
    participants: tuple[str, ...], name: str
) -> None:
    room_id = direct_room_id("a", "b")
    bad = wish(
        records.CreateRoom, room_id, str(uuid4()), kind="direct", name=name,
        participants=participants,
    )  # fmt: skip
    with pytest.raises(PoisonMessage):
        Rig().sink.parse(event(bad))


@pytest.mark.parametrize("name", ["\u200b", "abc\u202egnp.exe", "a\u200bb", " a", "a\nb", "x" * 61])
@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (records.CreateRoom, {"kind": "open"}),
        (records.CreateRoom, {"kind": "group"}),
        (records.ChangeRoom, {}),
    ],
)
async def test_a_name_that_an_older_front_took_is_refused_and_the_others_are_carried_out(
    record: type[records.RoomWish], fields: dict[str, str], name: str
) -> None:
    rig = Rig()
    bad = event(wish(record, str(uuid4()), str(uuid4()), name=name, **fields))
    with pytest.raises(PoisonMessage) as poison:
        rig.sink.parse(bad)
    await rig.sink.reject(bad, poison.value.reason)
    good = wish(records.CreateRoom, str(uuid4()), str(uuid4()), kind="group", name="")
    refused, made = await rig.told(good)
    assert (type(refused), refused.code) == (records.RoomRefused, "INVALID_INPUT")
    assert isinstance(made, records.RoomCreated)
    assert rig.producer.sent[0][0] == ROOM.dlq.name


def test_an_open_room_without_a_name_can_never_be_made_and_a_group_can() -> None:
    room_id, account = str(uuid4()), str(uuid4())
    Rig().sink.parse(event(wish(records.CreateRoom, room_id, account, kind="group", name="")))
    with pytest.raises(PoisonMessage):
        Rig().sink.parse(event(wish(records.CreateRoom, room_id, account, kind="open", name="")))


def test_a_setting_that_no_context_has_can_never_be_decided() -> None:
    asked = wish(records.ChangeRoom, str(uuid4()), str(uuid4()), settings={"colour": "blue"})
    with pytest.raises(PoisonMessage, match="colour"):
        Rig().sink.parse(event(asked))


def test_who_has_a_name_of_old_may_still_wish() -> None:
    asked = records.EnterRoom(
        request_id=str(uuid4()), room_id=str(uuid4()), account_id=str(uuid4()),
        user_id="old", user_name="\u3164", requested_at=AT,
    )  # fmt: skip
    assert Rig().sink.parse(event(asked)).record == asked


def test_a_wish_in_another_partition_than_its_room_s_is_poison() -> None:
    room_id = str(uuid4())
    other = (partition_of(room_id, PARTITIONS) + 1) % PARTITIONS
    with pytest.raises(PoisonMessage):
        Rig().sink.parse(event(wish(records.DeleteRoom, room_id, str(uuid4())), other))


def test_what_a_wish_names_is_looked_up_and_heirs_only_where_somebody_may_go() -> None:
    room_id, account = str(uuid4()), str(uuid4())
    sink = Rig().sink

    def parse(found: Any) -> RoomChangeWish:
        asked = sink.parse(found)
        return wish_of(asked.record, asked.partition)

    change = parse(event(wish(records.ChangeRoom, room_id, account, owner_user_id="heir")))
    assert (change.handles, change.removes) == (("heir",), False)
    remove = parse(event(wish(records.RemoveMember, room_id, account, member_user_id="m")))
    assert (remove.handles, remove.removes) == (("m",), True)
    rename = parse(event(wish(records.ChangeRoom, room_id, account, name="x")))
    assert rename.handles == ()


async def test_a_room_of_as_many_as_can_be_named_at_once_begins_with_all_of_them() -> None:
    rig, room_id, owner = Rig(), str(uuid4()), str(uuid4())
    handles = [f"friend-{n}" for n in range(PARTICIPANTS_AT_ONCE)]
    rig.store.people.update({each: Person(str(uuid4()), each, "Friend") for each in handles})
    made = wish(
        records.CreateRoom, room_id, owner, kind="group", name="", participants=tuple(handles)
    )
    [fact] = await rig.told(made)
    assert [each.user_id for each in fact.members] == [f"u-{owner}", *handles]
    assert fact.member_count == len(fact.members)
    shown = created_room(fact)
    assert (len(shown.members), shown.member_count) == (SHOWN_MEMBERS, PARTICIPANTS_AT_ONCE + 1)
