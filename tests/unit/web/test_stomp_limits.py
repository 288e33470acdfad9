"""Each limit of a socket, over real sockets on loopback."""

from __future__ import annotations

from uuid import uuid4

import pytest
from aiohttp import WSServerHandshakeError

from chatstream.errors import ErrorCode, UserError
from schemas.contexts.messages import MESSAGE
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import TOPIC, Front, running_front
from tests.samples import Since
from web.stomp.connection import IN_FLIGHT


async def test_too_many_messages_are_refused() -> None:
    async with running_front(message_burst=2, messages_per_second=0.001) as front:
        front.rooms.create(ROOM, "min")
        client = await front.connect("min")
        await client.subscribed("/sub/user/min")
        moved = Since()
        for number in range(3):
            await client.say(ROOM, str(uuid4()), receipt=str(number))
        kinds = [(await client.frame()).command for _ in range(3)]
        assert sorted(kinds) == ["MESSAGE", "RECEIPT", "RECEIPT"]
        refused = {"topic": MESSAGE.request.name, "code": "RATE_LIMITED"}
        assert moved("wishes_not_produced_total", **refused) == 1


async def test_a_repeat_of_what_could_not_be_stored_is_never_too_many() -> None:
    async with running_front(message_burst=1, messages_per_second=0.001) as front:
        front.rooms.create(ROOM, "min")
        client = await front.connect("min")
        await client.subscribed("/sub/user/min")
        message_id = str(uuid4())
        front.refusal = UserError(ErrorCode.STORE_UNAVAILABLE, "told by the test")
        for _ in range(5):
            await client.say(ROOM, message_id)
            assert (await client.message())["code"] == "STORE_UNAVAILABLE"
        front.refusal = None
        await client.say(ROOM, message_id, receipt="stored")
        assert (await client.expect(b"RECEIPT"))["receipt-id"] == "stored"
        await client.say(ROOM, str(uuid4()))
        assert (await client.message())["code"] == "RATE_LIMITED"


async def test_who_sends_faster_than_is_stored_is_not_read_meanwhile(front: Front) -> None:
    client = await front.connect("min")
    front.wishes.gate.clear()
    for number in range(IN_FLIGHT + 5):
        await client.say(ROOM, str(uuid4()), receipt=str(number))
    session = front.session_of("min")
    await front.until(lambda: len(front.wishes.asked) >= IN_FLIGHT)
    await front.until(lambda: session.paused)
    assert len(front.wishes.asked) == IN_FLIGHT
    front.wishes.gate.set()
    receipts = [(await client.expect(b"RECEIPT"))["receipt-id"] for _ in range(IN_FLIGHT + 5)]
    assert sorted(map(int, receipts)) == list(range(IN_FLIGHT + 5))
    assert not session.paused


async def test_sockets_are_limited_per_account_and_address() -> None:
    async with running_front(sockets_per_account=1, sockets_per_address=2) as front:
        first = await front.connect("min")
        second = await front.open()
        await second.send("CONNECT", {"accept-version": "1.2", "Authorization": "Bearer min"})
        assert await second.error() == ("RATE_LIMITED", 1008)
        assert len(front.sockets) == 1
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
    moved = Since()
    async with running_front(socket_queue_bytes=100_000) as front:
        front.rooms.create(ROOM, "min", "jun")
        slow, other = await front.connect("min"), await front.connect("jun")
        await slow.subscribed(TOPIC)
        await other.subscribed(TOPIC)
        session = front.session_of("min")
        count = 0
        while not session.ended:
            front.hub.tell(0, front.rooms.say(ROOM, "jun", "x" * 4000))
            count += 1
            assert (await other.message())["seq"] == count
        seqs, code = await slow.rest()
        assert code == 1013
        assert moved("sockets_too_slow_total") == moved("sockets_closed_total", code="1013") == 1
        assert (moved("sockets_opened_total"), moved("sockets_open")) == (2, 1)
        again = await front.connect("min")
        seqs += [each["seq"] for each in await again.subscribed(TOPIC, after=str(seqs[-1]))]
        assert seqs == list(range(1, count + 1))
