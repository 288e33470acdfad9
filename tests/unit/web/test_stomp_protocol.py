"""What STOMP asks of a connection, over real sockets on loopback."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.fakes.changes import DEADLINE
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import TOPIC, Front, running_front
from web.live.rooms import Removed

# -- protocol --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "headers"),
    [
        ("ACK", {"id": "1"}),
        ("NACK", {"id": "1"}),
        ("BEGIN", {"transaction": "1"}),
        ("COMMIT", {"transaction": "1"}),
        ("ABORT", {"transaction": "1"}),
        ("CONNECT", {"accept-version": "1.2"}),
        ("MESSAGE", {"subscription": "s"}),
        ("HELLO", {}),
        ("SUBSCRIBE", {"destination": TOPIC}),
        ("SUBSCRIBE", {"id": "s"}),
        ("SUBSCRIBE", {"id": "s", "destination": TOPIC, "ack": "client"}),
        ("SUBSCRIBE", {"id": "s", "destination": TOPIC, "after": "-1"}),
        ("UNSUBSCRIBE", {}),
        ("SEND", {}),
        ("SEND", {"destination": f"/pub/chat/room/{ROOM}", "transaction": "t"}),
        ("SEND", {"broken": "a\\tb"}),
    ],
)
async def test_breaking_stomp_is_an_error_and_the_end(
    front: Front, command: str, headers: dict[str, str]
) -> None:
    client = await front.connect("min")
    await client.send(command, headers)
    assert (await client.error())[1] == 1002


async def test_an_error_names_the_frame_it_is_about(front: Front) -> None:
    client = await front.connect("min")
    await client.send("ACK", {"id": "1", "receipt": "r7"})
    frame = await client.frame()
    assert frame.headers["receipt-id"] == "r7"
    assert "ACK" in frame.headers["message"]


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("/sub/user/jun", "ACCESS_DENIED"),
        ("/sub/chat/room/0190a0f0-0000-7000-8000-00000000dead", "ROOM_NOT_FOUND"),
        ("/sub/chat/room/nonsense", "INVALID_INPUT"),
        ("/sub/everything", "NOT_FOUND"),
    ],
)
async def test_what_may_not_be_subscribed_ends_the_connection(
    front: Front, destination: str, code: str
) -> None:
    client = await front.connect("min")
    await client.subscribe(destination)
    assert await client.error() == (code, 1008)


async def test_a_stranger_cannot_subscribe_a_room(front: Front) -> None:
    client = await front.connect("eve")
    await client.subscribe(TOPIC)
    assert await client.error() == ("NOT_A_MEMBER", 1008)
    front.rooms.say(ROOM, "min")


async def test_an_id_is_used_once_at_a_time(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed(TOPIC)
    await client.subscribe(TOPIC)
    assert (await client.error())[1] == 1002


async def test_every_frame_may_ask_for_a_receipt(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed(TOPIC)
    await client.send("UNSUBSCRIBE", {"id": "s", "receipt": "r1"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r1"
    await client.send("UNSUBSCRIBE", {"id": "unknown", "receipt": "r2"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r2"
    front.hub.tell(0, front.rooms.say(ROOM, "jun"))
    await client.send("DISCONNECT", {"receipt": "bye"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "bye"
    assert await client.closed() == 1000


@pytest.mark.parametrize("destination", [TOPIC, "/sub/user/min"])
async def test_a_subscription_that_is_ended_before_it_began_leaves_nothing(
    front: Front, destination: str
) -> None:
    client = await front.connect("min")
    both = f"SUBSCRIBE\nid:s\ndestination:{destination}\n\n\0UNSUBSCRIBE\nid:s\nreceipt:r\n\n\0"
    await client.ws.send_str(both)
    await client.expect(b"RECEIPT")
    await front.session_of("min").finish(within=DEADLINE)
    assert not front.session_of("min").under_way
    assert not front.hub.wants(ROOM.encode())
    front.hub.accounts.tell("min", Removed(room_id=ROOM))
    await client.send("UNSUBSCRIBE", {"id": "s", "receipt": "next"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "next"


async def test_disconnect_is_answered_after_what_came_before_it(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    await client.say(ROOM, str(uuid4()))
    await client.send("DISCONNECT", {"receipt": "bye"})
    await front.until(lambda: len(front.wishes.asked) == 1)
    front.wishes.gate.set()
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "bye"


# -- heart-beats and the end -----------------------------------------------------------------


async def test_heart_beats_are_sent_and_missing_ones_end_the_connection() -> None:
    async with running_front(heartbeat=0.3) as front:
        client = await front.connect("min", **{"heart-beat": "100,100"})
        assert client.connected["heart-beat"] == "300,300"
        assert (await client.frame()).is_heartbeat
        code, close = await client.error()
        assert (code, close) == ("PROTOCOL_ERROR", 1002)


async def test_without_heart_beats_the_connection_stays() -> None:
    async with running_front(heartbeat=0.1) as front:
        quiet = await front.connect("min", **{"heart-beat": "0,0"})
        noisy = await front.connect("min", **{"heart-beat": "100,100"})
        assert quiet.connected["heart-beat"] == "0,0"
        await noisy.error()
        await quiet.send("DISCONNECT", {"receipt": "r"})
        assert (await quiet.expect(b"RECEIPT"))["receipt-id"] == "r"


async def test_the_end_of_the_server_closes_with_1001(front: Front) -> None:
    clients = [await front.connect(who) for who in ("min", "jun")]
    waiting = [client.closed() for client in clients]
    codes = asyncio.gather(*waiting)
    await front.runner.cleanup()
    assert await codes == [1001, 1001]
    assert len(front.sockets) == 0
