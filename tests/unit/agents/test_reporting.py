"""Debezium's records become changes, and what has become of a slot decides what is done."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from agents.reporting.decoding import change_of
from agents.reporting.rows import RowSink
from agents.reporting.watch import CaptureWatch
from chatstream.domain.captured import CapturedChange
from chatstream.errors import PoisonMessage
from chatstream.ports.erasure import Ends
from chatstream.ports.reporting import ConnectorState, SlotState
from schemas.cdc import CAPTURED
from tests.fakes.reporting import FakeCapture, FakeConnectors, FakeReporting

MEMBERS = "kakao.cdc.members.EVENT"
ROOM, PERSON = "5b0e…room", "77aa…person"
ROW = {"room_id": ROOM, "account_id": PERSON, "joined_at": "2026-11-29T10:00:00.123456Z"}


def told(op: str, *, sequence: Any = ("100", "140"), **fields: Any) -> bytes:
    """A record as Debezium tells it, without what is not read."""
    source = {"name": "chatstream-chat-0", "lsn": 140, "sequence": json.dumps(sequence)}
    return json.dumps(
        {"op": op, "source": source, "before": None, "after": None, **fields}
    ).encode()


def test_a_change_has_its_row_its_key_and_its_place() -> None:
    change = change_of(MEMBERS, told("c", after=ROW))
    assert change == CapturedChange("members", "chat-0", (ROOM, PERSON), (100, 140), ROW, PERSON)


def test_a_row_that_is_gone_has_its_key_alone() -> None:
    change = change_of(MEMBERS, told("d", before={**ROW, "joined_at": None}))
    assert (change.row, change.key, change.account) == (None, (ROOM, PERSON), PERSON)


def test_the_first_change_of_a_stream_stands_at_its_own_place() -> None:
    change = change_of(MEMBERS, told("u", sequence=(None, "140"), after=ROW))
    assert (change.version, change.is_first) == ((140, 140), True)
    assert not change_of(MEMBERS, told("u", after=ROW)).is_first


def test_a_row_of_a_snapshot_stands_where_the_log_stood_then() -> None:
    change = change_of(MEMBERS, told("r", sequence=(None, "140"), after=ROW))
    assert (change.is_read, change.is_first) == (True, False)
    assert change.version == (140, 0)


@pytest.mark.parametrize(
    "value",
    [
        *(None, b"", b"{", b"[]", b'{"op":"c"}'),
        told("c"),
        told("t", after=ROW),
        told("c", after={**ROW, "body": "words"}),
        told("c", after={"room_id": ROOM, "account_id": PERSON}),
        told("d", before={"room_id": ROOM, "account_id": None}),
        told("c", after=ROW).replace(b"chatstream-chat-0", b"somebody"),
        told("c", sequence="none", after=ROW),
    ],
)
def test_what_is_not_as_allowed_is_refused_without_its_words(value: bytes | None) -> None:
    with pytest.raises(PoisonMessage) as refused:
        change_of(MEMBERS, value)
    assert "words" not in str(refused.value)


async def test_a_batch_is_kept_together() -> None:
    app: Any = SimpleNamespace()
    store = FakeReporting()
    message = SimpleNamespace(topic=MEMBERS)
    batch: Any = [
        SimpleNamespace(message=message, value=told("c", after=ROW)),
        SimpleNamespace(message=message, value=told("d", sequence=("200", "250"), before=ROW)),
    ]
    await RowSink(app, store).process("rows", batch)
    assert await store.rows("members") == []


class Offsets:
    """The offsets of a group that is `behind` or not."""

    def __init__(self) -> None:
        self.is_behind = False
        self.asked: list[str] = []

    async def ends(self, topics: Any) -> Ends:
        """See ports.erasure.GroupOffsets."""
        self.asked += topics
        return dict.fromkeys(topics, (7,))

    async def has_passed(self, group: str, ends: Ends) -> bool:
        """See ports.erasure.GroupOffsets."""
        assert group == "chatstream-reporting"
        return not self.is_behind


class World:
    """Two captured databases, the watch over them, and the store."""

    def __init__(self) -> None:
        self.auth, self.chat = FakeCapture("auth"), FakeCapture("chat-0")
        self.connectors = FakeConnectors(self.auth, self.chat)
        self.store, self.offsets = FakeReporting(), Offsets()
        self.watch = CaptureWatch(
            [self.auth, self.chat],
            self.connectors,
            self.store,
            self.offsets,
            group="chatstream-reporting",
            interval=1,
        )

    async def old_row(self) -> None:
        """A row that the source has no more."""
        await self.store.keep([change_of(MEMBERS, told("c", after=ROW))])


async def test_a_capture_that_is_well_is_left_alone() -> None:
    world = World()
    before = (world.auth.connector, world.chat.there)
    await world.watch.look()
    assert (world.auth.connector, world.chat.there) == before


@pytest.mark.parametrize("state", ["RUNNING", "FAILED", "STOPPED"])
@pytest.mark.parametrize(
    "slot", [SlotState(is_there=True, is_lost=True), SlotState(is_there=False)]
)
async def test_a_lost_slot_is_dropped_and_its_database_read_anew(
    slot: SlotState, state: str
) -> None:
    world = World()
    await world.old_row()
    world.chat.there, world.chat.place = slot, 500
    world.chat.connector = ConnectorState(state, has_offset=True, offset=140)
    for _ in range(3):
        await world.watch.look()
    assert world.chat.connector == ConnectorState("RUNNING")
    assert world.chat.there == SlotState(is_there=True)
    assert [each.lsn for each in await world.store.unswept()] == [500]
    assert await world.store.rows("members"), "not before the snapshot was read"
    world.chat.connector = ConnectorState("RUNNING", has_offset=True, offset=640)
    world.offsets.is_behind = True
    await world.watch.look()
    assert await world.store.rows("members"), "not before it was kept"
    world.offsets.is_behind = False
    await world.watch.look()
    assert await world.store.rows("members") == []
    assert await world.store.unswept() == []
    assert set(world.offsets.asked) == {each.topic for each in CAPTURED}


@pytest.mark.parametrize("call", ["state", "stop", "forget_offset", "resume"])
async def test_a_renewal_that_is_cut_short_goes_on(call: str) -> None:
    world = World()
    world.chat.there = SlotState(is_there=True, is_lost=True)
    world.connectors.failing = {call}
    for _ in range(5):
        await world.watch.look()
    assert world.chat.connector == ConnectorState("RUNNING")
    assert world.chat.there == SlotState(is_there=True)


async def test_a_failed_connector_is_started_and_an_outage_leaves_the_other_looked_after() -> None:
    world = World()
    world.auth.is_away = True
    world.chat.connector = ConnectorState("FAILED", has_offset=True, offset=1)
    await world.watch.look()
    assert world.connectors.restarted == ["chat-0"]


async def test_a_first_snapshot_is_swept_once_it_is_kept_without_removing_its_rows() -> None:
    world = World()
    await world.store.keep([change_of(MEMBERS, told("r", sequence=(None, "140"), after=ROW))])
    world.chat.connector = ConnectorState("RUNNING", has_offset=True, offset=150)
    await world.watch.look()
    assert await world.store.unswept() == []
    assert await world.store.rows("members") == [ROW]
