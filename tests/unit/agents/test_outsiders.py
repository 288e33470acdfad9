"""Texts of those who are outside a room are refused unread, and nobody else's are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agents.messages.moderation import Moderator
from agents.messages.outsiders import Outsiders
from agents.messages.wishes import MessageSink
from chatstream.domain.rooms import RoomState
from chatstream.errors import TransientFailure
from chatstream.ports.messages import MessageOutcome
from schemas import codec, records
from tables.members import RoomMembers
from tests.fakes.memberships import FakeMemberships
from tests.fakes.producer import ProducerSpy
from tests.fakes.producing import FixedPolicy
from tests.fakes.room_store import FakeRoomStore
from tests.fakes.tables import FakeTable, fake_app
from tests.unit.agents.test_messages import AT, EDIT, ID, PARTITION, REQUEST_ID, RESPONSE, ROOM
from tests.unit.agents.test_messages import event as event_of

MEMBER, OTHER = ID, "00000000-0000-4000-8000-00000000000f"


class Reading(Moderator):
    """Notes whose texts are read."""

    def __init__(self) -> None:
        super().__init__(FixedPolicy())
        self.read: list[str] = []

    async def judge(self, lane: str, said: Any) -> Any:
        self.read += [each.account_id for each in said]
        return await super().judge(lane, said)


class Store:
    """Stores everything."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []
        self.failures = 0

    async def carry_out(self, generation: int | None, wishes: Any) -> Any:
        self.asked.append([each.account_id for each in wishes])
        if self.failures:
            self.failures -= 1
            raise TransientFailure("away")
        return [
            MessageOutcome(wish=n, code=None, seq=n + 1, fact_no=n + 1, created_at=AT,
                           access_version=1, room_kind="open")
            for n, _ in enumerate(wishes)
        ]  # fmt: skip


class Rig:
    """A room of `MEMBER`, by Postgres and by the table."""

    def __init__(self) -> None:
        self.producer, self.store, self.moderator = ProducerSpy(), Store(), Reading()
        self.rooms, self.table = FakeRoomStore(), FakeTable()
        self.rooms.rooms[ROOM] = RoomState(ROOM, "open", "room", MEMBER, 1, 1)
        self.rooms.members[ROOM] = [MEMBER]
        self.table.rows[PARTITION] = {f"{ROOM}:{MEMBER}": [1, 1]}
        app: Any = fake_app(producer=self.producer, conf=SimpleNamespace(topic_partitions=8))
        self.app = app
        kept: Any = self.table
        self.reader = FakeMemberships(self.rooms)
        self.outsiders = Outsiders(RoomMembers(app, kept), {"chat-0": self.reader})
        store: Any = self.store
        homes = dict.fromkeys(range(8), "chat-0")
        self.sink = MessageSink(app, {"chat-0": store}, homes, self.moderator, self.outsiders)

    async def process(self, *wishes: records.Record) -> list[Any]:
        before = len(self.producer.sent)
        await self.sink.process("chat-0", [event_of(wish) for wish in wishes])
        sent = [value for topic, _, value, _ in self.producer.sent[before:] if topic == RESPONSE]
        return [codec.decode(RESPONSE, value) for value in sent]


def says(account_id: str, message_id: str = ID) -> records.SendMessage:
    return records.SendMessage(
        room_id=ROOM,
        account_id=account_id,
        user_id="ann",
        user_name="Ann",
        message_id=message_id,
        message="hello",
        requested_at=AT,
    )


def kinds(answers: list[Any]) -> list[str]:
    return [getattr(each, "code", "stored") for each in answers]


async def test_an_outsiders_text_is_neither_read_nor_brought_to_the_store() -> None:
    rig = Rig()
    told = await rig.process(says(OTHER), says(MEMBER), says(OTHER, REQUEST_ID))
    assert kinds(told) == ["stored", "NOT_A_MEMBER", "NOT_A_MEMBER"]
    assert [each.message_id for each in told] == [ID, ID, REQUEST_ID]
    assert {each.account_id for each in told[1:]} == {OTHER}
    assert "is not a member" in told[1].reason
    assert (rig.moderator.read, rig.store.asked) == ([MEMBER], [[MEMBER]])


async def test_members_are_not_looked_up() -> None:
    rig = Rig()
    assert kinds(await rig.process(says(MEMBER))) == ["stored"]
    assert rig.reader.asked == []


async def test_who_has_just_joined_is_no_outsider_though_the_table_says_so() -> None:
    rig = Rig()
    rig.rooms.members[ROOM].append(OTHER)
    assert kinds(await rig.process(says(OTHER))) == ["stored"]
    assert rig.moderator.read == [OTHER]


async def test_a_repeat_of_what_was_stored_is_answered_by_the_store_also_after_leaving() -> None:
    rig = Rig()
    rig.reader.said.add((ROOM, OTHER, ID))
    assert kinds(await rig.process(says(OTHER))) == ["stored"]
    assert rig.store.asked == [[OTHER]]


async def test_where_there_is_no_room_there_are_only_outsiders() -> None:
    rig = Rig()
    rig.rooms.rooms[ROOM].deleted = True
    rig.table.rows[PARTITION][ROOM] = [2]
    assert kinds(await rig.process(says(MEMBER), says(OTHER))) == ["ROOM_NOT_FOUND"] * 2
    assert rig.store.asked == []


async def test_an_edit_is_the_stores_to_refuse_which_keeps_the_refusal() -> None:
    rig = Rig()
    del rig.table.rows[PARTITION][f"{ROOM}:{MEMBER}"]
    rig.rooms.members[ROOM].clear()
    with pytest.raises(TypeError):  # this store answers every wish as a message
        await rig.process(EDIT)
    assert (rig.reader.asked, rig.store.asked) == ([], [[ID]])


async def test_a_batch_that_is_tried_again_is_judged_alike_though_somebody_joins_meanwhile() -> (
    None
):
    rig = Rig()
    rig.store.failures = 1
    with pytest.raises(TransientFailure):
        await rig.process(says(OTHER), says(MEMBER))
    rig.rooms.members[ROOM].append(OTHER)
    assert kinds(await rig.process(says(OTHER), says(MEMBER))) == ["stored", "NOT_A_MEMBER"]
    assert len(rig.reader.asked) == 1
    assert kinds(await rig.process(says(OTHER))) == ["stored"]


async def test_while_the_table_recovers_everything_goes_to_the_store() -> None:
    rig = Rig()
    rig.app.serving = False
    assert kinds(await rig.process(says(OTHER))) == ["stored"]
    assert rig.reader.asked == []
