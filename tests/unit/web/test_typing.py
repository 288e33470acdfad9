"""Who types is told to the others who listen, seldom, and to members only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from schemas import codec
from schemas.contexts.reading import TYPING
from schemas.records import MemberTyping
from tests.fakes.hub import World
from tests.fakes.rooms import AT, OTHER, ROOM, FakeRooms
from tests.fakes.stomp import TOPIC, Front
from web.typing_signals import EVERY, TypingSignals

MIN = Caller("min", "min-handle", "민", "sid", 0.0)  # type: ignore[arg-type]


@dataclass
class Rig:
    """Signals over fakes; `now` is the clock."""

    rooms: FakeRooms = field(default_factory=FakeRooms)
    sent: list[tuple[str, MemberTyping]] = field(default_factory=list)
    now: float = 100.0

    def __post_init__(self) -> None:
        self.rooms.create(ROOM, "min", "jun")
        self.rooms.create(OTHER, "min")
        app: Any = SimpleNamespace(producer=self, conf=SimpleNamespace(topic_partitions=8))
        self.signals = TypingSignals(app, self.rooms, lambda: self.now)

    async def send(self, topic: str, *parts: Any) -> asyncio.Future[None]:
        self.sent.append((topic, codec.decode(topic, parts[1])))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def test_typing_is_told_at_most_once_in_three_seconds_of_a_room() -> None:
    rig = Rig()
    for _ in range(3):
        await rig.signals.tell(ROOM, MIN)
    assert len(rig.sent) == 1
    await rig.signals.tell(OTHER, MIN)
    assert [record.room_id for _, record in rig.sent] == [ROOM, OTHER]
    rig.now += EVERY
    await rig.signals.tell(ROOM, MIN)
    assert len(rig.sent) == 3
    topic, record = rig.sent[0]
    assert topic == TYPING.event.name
    assert (record.account_id, record.user_id, record.user_name) == ("min", "min-handle", "민")


async def test_who_goes_on_after_a_message_is_seen_typing_at_once(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    await other.subscribed(TOPIC)
    room = f"/pub/chat/room/{ROOM}"
    body = '{"messageId": "01920000-0000-7000-8000-000000000001", "message": "one"}'
    for destination, text in ((f"{room}/typing", ""), (room, body), (f"{room}/typing", "")):
        await client.send("SEND", {"destination": destination, "receipt": "r"}, text)
        await client.expect(b"RECEIPT")
    assert [(await other.message())["type"] for _ in range(3)] == ["typing", "message", "typing"]


async def test_only_members_are_seen_typing() -> None:
    rig = Rig()
    rig.rooms.leave(ROOM, "min")
    with pytest.raises(UserError) as fault:
        await rig.signals.tell(ROOM, MIN)
    assert fault.value.code is ErrorCode.NOT_A_MEMBER
    assert rig.sent == []


async def test_while_a_store_is_away_nothing_is_told_and_nobody_is_troubled() -> None:
    rig = Rig()
    rig.rooms.away = True
    await rig.signals.tell(ROOM, MIN)
    assert rig.sent == []


def typing(who: str, version: int = 1) -> MemberTyping:
    return MemberTyping(
        room_id=ROOM, account_id=who, user_id=who, user_name=who, access_version=version, at=AT
    )


async def test_the_others_who_listen_are_told_and_not_who_types(world: World) -> None:
    jun, _, _ = await world.listen("jun")
    own, _, _ = await world.listen("min")
    world.hub.tell(0, typing("min"))
    assert jun.bodies == [{"type": "typing", "roomId": ROOM, "userId": "min", "userName": "min"}]
    assert own.bodies == []


async def test_who_was_removed_sees_nobody_type(world: World) -> None:
    jun, _, _ = await world.listen("jun")
    eve, _, _ = await world.listen("eve")
    gone = world.rooms.leave(ROOM, "jun")
    world.hub.tell(0, typing("min", gone.access_version))
    await world.until(lambda: eve.types == ["typing"])
    assert "typing" not in jun.types


async def test_a_send_to_typing_is_told_and_then_its_receipt_comes(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    await other.subscribed(TOPIC)
    headers = {"destination": f"/pub/chat/room/{ROOM}/typing", "receipt": "r"}
    await client.send("SEND", headers)
    assert (await other.message())["type"] == "typing"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r"
    assert front.wishes.asked == []


async def test_a_stranger_who_types_is_refused_and_the_connection_stays(front: Front) -> None:
    client, other = await front.connect("eve"), await front.connect("jun")
    await other.subscribed(TOPIC)
    await client.subscribed("/sub/user/eve")
    await client.send("SEND", {"destination": f"/pub/chat/room/{ROOM}/typing"})
    told = await client.message()
    assert (told["type"], told["messageId"], told["code"]) == ("refused", None, "NOT_A_MEMBER")
    await other.send("UNSUBSCRIBE", {"id": "s", "receipt": "nothing came"})
    assert (await other.expect(b"RECEIPT"))["receipt-id"] == "nothing came"
