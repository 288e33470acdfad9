"""The STOMP endpoint over a real server and real sockets on loopback; stores are fakes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import WSServerHandshakeError

from chatstream.errors import ErrorCode, UserError
from schemas.records import MessageRefused
from tests.fakes.rooms import AT
from tests.fakes.stomp import ORIGIN, Front, running_front, until
from web.stomp.events import Removed

ROOM = "0190a0f0-0000-7000-8000-000000000001"
TOPIC = f"/sub/chat/room/{ROOM}"


@pytest_asyncio.fixture
async def front() -> AsyncIterator[Front]:
    async with running_front() as running:
        running.rooms.create(ROOM, "min", "jun")
        yield running


# -- handshake and login ---------------------------------------------------------------------


async def test_without_upgrade_there_is_nothing(front: Front) -> None:
    async with front.http.get(front.url) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["", "/websocket"])
async def test_both_paths_take_stomp_sockets(front: Front, path: str) -> None:
    async with front.http.ws_connect(front.url + path, protocols=("v11.stomp",)) as ws:
        assert ws.protocol == "v11.stomp"


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?access_token=x", {}, 400),
        ("", {"Origin": "http://evil.test"}, 403),
        ("", {"Origin": "null"}, 403),
        ("", {"Sec-WebSocket-Protocol": "mqtt"}, 400),
    ],
)
async def test_a_wrong_handshake_is_refused(
    front: Front, query: str, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await front.http.ws_connect(front.url + query, headers=headers)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("offered", "spoken"), [("1.0,1.1,1.2", "1.2"), ("1.1,1.0", "1.1"), ("1.2", "1.2")]
)
async def test_the_highest_common_version_is_spoken(
    front: Front, offered: str, spoken: str
) -> None:
    client = await front.connect("min", **{"accept-version": offered})
    assert client.connected["version"] == spoken


async def test_connect_names_the_versions_when_there_is_no_common_one(front: Front) -> None:
    client = await front.open()
    await client.send("CONNECT", {"accept-version": "1.0", "Authorization": "Bearer min"})
    frame = await client.frame()
    assert frame.headers["version"] == "1.1,1.2"
    assert await client.closed() == 1002


@pytest.mark.parametrize("token", ["Bearer bad", "Basic min", "Bearer"])
async def test_a_bad_token_ends_the_connection(front: Front, token: str) -> None:
    client = await front.open()
    await client.send("CONNECT", {"accept-version": "1.2", "Authorization": token})
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)


async def test_the_cookie_counts_only_with_an_allowed_origin(front: Front) -> None:
    client = await front.open(Cookie="access=min", Origin=ORIGIN)
    await client.send("CONNECT", {"accept-version": "1.2"})
    await client.expect(b"CONNECTED")
    native = await front.open(Cookie="access=min")
    await native.send("CONNECT", {"accept-version": "1.2"})
    assert await native.error() == ("NOT_AUTHENTICATED", 1008)


async def test_nothing_is_done_before_connect(front: Front) -> None:
    client = await front.open()
    await client.subscribe(TOPIC)
    assert (await client.error())[1] == 1002


async def test_the_end_of_the_token_ends_the_connection(front: Front) -> None:
    front.authenticator.expires["min"] = time.time() + 0.3
    client = await front.connect("min")
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)


async def test_the_end_of_the_login_ends_its_sockets_and_no_other(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    front.sockets.end_login("sid-min")
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)
    assert await other.subscribed(TOPIC) == []


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
    front.hub.on_message(0, front.rooms.say(ROOM, "jun"))
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
    await until(lambda: not front.session_of("min").tasks)
    assert not front.hub.wants(ROOM.encode())
    front.hub.accounts.tell("min", Removed(room_id=ROOM))
    await client.send("UNSUBSCRIBE", {"id": "s", "receipt": "next"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "next"


async def test_disconnect_is_answered_after_what_came_before_it(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    await client.say(ROOM, str(uuid4()))
    await client.send("DISCONNECT", {"receipt": "bye"})
    await until(lambda: len(front.wishes.asked) == 1)
    front.wishes.gate.set()
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "bye"


# -- messages --------------------------------------------------------------------------------


async def test_a_message_reaches_every_subscription_and_then_its_receipt(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    await client.subscribed(TOPIC, "one")
    await client.subscribed(TOPIC, "two")
    await other.subscribed(TOPIC, "weird\\cid\\\\")
    message_id = str(uuid4())
    await client.say(ROOM, message_id, "안녕", receipt="r1")
    first = await client.frame()
    assert first.headers["subscription"] == "one"
    assert first.headers["destination"] == TOPIC
    assert first.headers["content-type"] == "application/json"
    assert json.loads(first.body) == {
        "type": "message",
        "messageId": "00000001-0000-4000-8000-000000000000",
        "roomId": ROOM,
        "seq": 1,
        "rev": 1,
        "userId": "min",
        "userName": "min",
        "message": "안녕",
        "createdAt": AT,
        "unread": None,
    }
    assert (await client.frame()).headers["subscription"] == "two"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r1"
    assert (await other.message())["message"] == "안녕"
    topic, key, wish, identity = front.wishes.asked[0]
    assert (topic, key) == ("kakao.chat.chatMessage.REQUEST", ROOM)
    assert identity == (ROOM, "min", message_id)
    assert wish.message == "안녕"  # type: ignore[attr-defined]


async def test_a_receipt_is_never_sent_before_the_message_is_stored(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    await client.say(ROOM, str(uuid4()), receipt="stored")
    await client.send("UNSUBSCRIBE", {"id": "x", "receipt": "later"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "later"
    front.wishes.gate.set()
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "stored"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"messageId": "x", "message": "hi"}', "INVALID_INPUT"),
        (f'{{"messageId": "{uuid4()}"}}', "INVALID_INPUT"),
        (f'{{"messageId": "{uuid4()}", "message": " "}}', "INVALID_INPUT"),
        (f'{{"messageId": "{uuid4()}", "message": "hi", "more": 1}}', "INVALID_INPUT"),
        ("nonsense", "INVALID_INPUT"),
    ],
)
async def test_a_wrong_body_is_refused_and_the_connection_stays(
    front: Front, body: str, code: str
) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min", "u")
    await client.send("SEND", {"destination": f"/pub/chat/room/{ROOM}", "receipt": "r"}, body)
    answer = await client.message()
    assert (answer["type"], answer["code"]) == ("refused", code)
    await client.say(ROOM, str(uuid4()), receipt="good")
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "good"


async def test_a_refusal_goes_to_all_sockets_of_the_account_and_to_nobody_else(
    front: Front,
) -> None:
    client, second, other = [await front.connect(who) for who in ("min", "min", "jun")]
    await second.subscribed("/sub/user/min")
    await other.subscribed("/sub/user/jun")
    message_id = str(uuid4())
    front.refusal = MessageRefused(
        room_id=ROOM,
        account_id="min",
        message_id=message_id,
        code="NOT_A_MEMBER",
        reason="no",
        at=AT,
    )
    await client.say(ROOM, message_id, receipt="never")
    assert await second.message() == {
        "type": "refused",
        "messageId": message_id,
        "code": "NOT_A_MEMBER",
        "reason": "no",
    }
    for each in (client, other):
        await each.send("UNSUBSCRIBE", {"id": "x", "receipt": "only"})
        assert (await each.expect(b"RECEIPT"))["receipt-id"] == "only"


async def test_no_outcome_in_time_is_told_as_such(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    front.refusal = UserError(ErrorCode.STORE_UNAVAILABLE, "no outcome yet")
    await client.say(ROOM, str(uuid4()))
    assert (await client.message())["code"] == "STORE_UNAVAILABLE"


async def test_busy_stops_reading_and_refuses_nothing(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.full = True
    await client.say(ROOM, str(uuid4()), receipt="r1")
    await client.send("UNSUBSCRIBE", {"id": "x", "receipt": "r2"})
    await until(lambda: any(session.paused for session in front.sockets.sessions()))
    assert front.wishes.asked == []
    front.wishes.full = False
    receipts = {(await client.expect(b"RECEIPT"))["receipt-id"] for _ in range(2)}
    assert receipts == {"r1", "r2"}


# -- recovery --------------------------------------------------------------------------------


async def test_after_brings_what_was_missed_before_the_receipt(front: Front) -> None:
    front.rooms.page = 2
    for _ in range(7):
        front.rooms.say(ROOM, "jun")
    client = await front.connect("min")
    missed = await client.subscribed(TOPIC, after="2")
    assert [body["seq"] for body in missed] == [3, 4, 5, 6, 7]
    front.hub.on_message(0, front.rooms.say(ROOM, "jun"))
    assert (await client.message())["seq"] == 8


async def test_without_after_it_begins_at_the_head(front: Front) -> None:
    front.rooms.say(ROOM, "jun")
    client = await front.connect("min")
    assert await client.subscribed(TOPIC) == []


async def test_a_store_that_stays_away_ends_the_connection_for_a_later_try(front: Front) -> None:
    client = await front.connect("min")
    front.rooms.away = True
    await client.subscribe(TOPIC)
    assert await client.error() == ("STORE_UNAVAILABLE", 1013)


async def test_a_store_that_is_away_does_not_end_the_subscription_of_the_account(
    front: Front,
) -> None:
    client = await front.connect("min")
    front.rooms.away = True
    await client.subscribe("/sub/user/min")
    await until(lambda: front.rooms.calls.count("room_ids_of") > 1)
    front.refusal = UserError(ErrorCode.STORE_UNAVAILABLE, "no outcome yet")
    await client.say(ROOM, str(uuid4()))
    assert (await client.message())["type"] == "refused"
    front.rooms.away = False
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "sub"


async def test_disconnect_tells_when_it_cannot_finish() -> None:
    async with running_front(wish_timeout=-0.9) as front:
        client = await front.connect("min")
        front.rooms.away = True
        await client.subscribe("/sub/user/min")
        await client.send("DISCONNECT", {"receipt": "bye"})
        assert await client.error() == ("STORE_UNAVAILABLE", 1013)


async def test_who_leaves_sees_nothing_more_and_is_told(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    for each, who in ((client, "min"), (other, "jun")):
        await each.subscribed(f"/sub/user/{who}", "u")
        await each.subscribed(TOPIC, "s")
    front.hub.on_room(0, front.rooms.leave(ROOM, "jun"))
    assert (await client.message())["type"] == "left"
    front.hub.on_message(0, front.rooms.say(ROOM, "min"))
    assert (await client.message())["seq"] == 1
    told = [(await other.message())["type"] for _ in range(2)]
    assert sorted(told) == ["left", "removed"]
    await other.send("UNSUBSCRIBE", {"id": "s", "receipt": "r"})
    assert (await other.expect(b"RECEIPT"))["receipt-id"] == "r"


# -- limits ----------------------------------------------------------------------------------


async def test_too_many_messages_are_refused() -> None:
    async with running_front(message_burst=2, messages_per_second=0.001) as front:
        front.rooms.create(ROOM, "min")
        client = await front.connect("min")
        await client.subscribed("/sub/user/min")
        for number in range(3):
            await client.say(ROOM, str(uuid4()), receipt=str(number))
        kinds = [type(await client.frame()).__name__ for _ in range(3)]
        assert sorted(kinds) == ["MessageFrame", "ReceiptFrame", "ReceiptFrame"]


async def test_sockets_are_limited_per_account_and_address() -> None:
    async with running_front(sockets_per_account=1, sockets_per_address=2) as front:
        first = await front.connect("min")
        second = await front.open()
        await second.send("CONNECT", {"accept-version": "1.2", "Authorization": "Bearer min"})
        assert await second.error() == ("RATE_LIMITED", 1008)
        await until(lambda: len(front.sockets) == 1)
        third = await front.open()
        with pytest.raises(WSServerHandshakeError) as refusal:
            await front.open()
        assert refusal.value.status == 429
        await front.open(**{"X-Address": "127.0.0.2"})
        assert not first.ws.closed
        assert not third.ws.closed


async def test_subscriptions_are_limited() -> None:
    async with running_front(subscriptions_per_socket=1) as front:
        front.rooms.create(ROOM, "min")
        client = await front.connect("min")
        await client.subscribed(TOPIC, "one")
        await client.subscribe(TOPIC, "two")
        assert await client.error() == ("RATE_LIMITED", 1008)


async def test_frames_are_limited_also_over_several_websocket_messages() -> None:
    async with running_front(frame_bytes=1000) as front:
        client = await front.connect("min")
        await client.ws.send_str("SEND\ndestination:/x\n\n" + "x" * 600)
        await client.ws.send_str("x" * 600)
        assert (await client.error())[1] == 1009
        other = await front.connect("min")
        await other.ws.send_str("x" * 1001)
        assert await other.closed() == 1009


async def test_a_slow_reader_is_closed_with_1013_and_recovers_by_after() -> None:
    async with running_front(socket_queue_bytes=100_000) as front:
        front.rooms.create(ROOM, "min", "jun")
        slow, other = await front.connect("min"), await front.connect("jun")
        await slow.subscribed(TOPIC)
        await other.subscribed(TOPIC)
        session = front.session_of("min")
        count = 0
        while not session.ended:
            front.hub.on_message(0, front.rooms.say(ROOM, "jun", "x" * 4000))
            count += 1
            assert (await other.message())["seq"] == count
        seqs, code = await slow.rest()
        assert code == 1013
        again = await front.connect("min")
        seqs += [each["seq"] for each in await again.subscribed(TOPIC, after=str(seqs[-1]))]
        assert seqs == list(range(1, count + 1))


# -- heart-beats and the end -----------------------------------------------------------------


async def test_heart_beats_are_sent_and_missing_ones_end_the_connection() -> None:
    async with running_front(heartbeat=0.3) as front:
        client = await front.connect("min", **{"heart-beat": "100,100"})
        assert client.connected["heart-beat"] == "300,300"
        assert type(await client.frame()).__name__ == "HeartbeatFrame"
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
