"""What is measured of STOMP frames, and of what waits for clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import WSMsgType

from chatstream.domain.stomp import destination_template
from tests.client.waiting import eventually
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import Client, Front, running_front
from tests.samples import Since

ROOM_TOPIC, SAYING = "/sub/chat/room/{roomId}", "/pub/chat/room/{roomId}"
FRAMES = "stomp_frames_total"


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async with running_front(message_burst=2, messages_per_second=0.001) as made:
        made.rooms.create(ROOM, "min")
        yield made


@pytest.mark.parametrize(
    ("destination", "template"),
    [
        (None, ""),
        ("", ""),
        (f"/pub/chat/room/{ROOM}", SAYING),
        (f"/pub/chat/room/{ROOM}/read", f"{SAYING}/read"),
        (f"/pub/chat/room/{ROOM}/typing", f"{SAYING}/typing"),
        (f"/pub/chat/room/{ROOM}/shout", SAYING),
        (f"/sub/chat/room/{ROOM}", ROOM_TOPIC),
        ("/sub/user/민수", "/sub/user/{userId}"),
        ("/sub/user/a/b/c", "/sub/user/{userId}"),
        ("/topic/" + "x" * 4000, "other"),
    ],
)
def test_a_destination_is_told_by_its_form(destination: str | None, template: str) -> None:
    assert destination_template(destination) == template


async def say(client: Client, message: str) -> None:
    body = f'{{"messageId":"{uuid4()}","message":"{message}"}}'
    headers = {"destination": f"/pub/chat/room/{ROOM}", "receipt": "r"}
    await client.send("SEND", headers, body)


async def test_frames_are_counted_by_how_they_ended_and_timed_to_their_end(front: Front) -> None:
    moved = Since()
    client = await front.connect("min")
    await client.send("SUBSCRIBE", {"id": "s", "destination": f"/sub/chat/room/{ROOM}"})
    for text in ("one", "two", "three"):
        await say(client, text)

    async def ended() -> bool:
        sent = {"command": "SEND", "destination": SAYING}
        done = [moved(FRAMES, **sent, code=code) for code in ("OK", "RATE_LIMITED")]
        timed = moved("stomp_frame_duration_seconds_count", **sent)
        return [*done, timed] == [2, 1, 3]

    await eventually(ended, 10, 0.01)
    assert moved(FRAMES, command="CONNECT", destination="", code="OK") == 1
    assert moved(FRAMES, command="SUBSCRIBE", destination=ROOM_TOPIC, code="OK") == 1


async def test_a_message_whose_socket_ends_is_over_with_it_and_waits_no_more(front: Front) -> None:
    moved = Since()
    client = await front.connect("min")
    front.wishes.gate.clear()
    await say(client, "one")
    await front.until(lambda: bool(front.wishes.asked))
    session = front.session_of("min")
    session.close(1011, "told by the test")
    assert not session.under_way
    assert moved(FRAMES, command="SEND", destination=SAYING, code="GONE") == 1
    await front.until(lambda: not front.wishes.begun)
    front.wishes.gate.set()
    assert await client.closed() == 1011
    assert moved(FRAMES, command="SEND", destination=SAYING, code="OK") == 0


async def test_refused_and_broken_frames_have_their_code(front: Front) -> None:
    moved = Since()
    for command, destination in (("SUBSCRIBE", "/sub/user/jun"), ("HELLO", ""), ("ACK", "")):
        client = await front.connect("min")
        await client.send(command, {"id": "s", "destination": destination})
        while (await client.ws.receive()).type is WSMsgType.TEXT:
            pass
    user = {"command": "SUBSCRIBE", "destination": "/sub/user/{userId}"}
    assert moved(FRAMES, **user, code="ACCESS_DENIED") == 1
    assert moved(FRAMES, command="ACK", destination="", code="PROTOCOL") == 1


async def test_what_waits_for_clients_and_who_comes_in_is_told(front: Front) -> None:
    moved = Since()
    client = await front.connect("min")
    assert moved("sockets_open") == 1
    assert moved("handshakes_under_way") == 1
    assert moved("sockets_queued_bytes") == moved("sockets_queued_most_bytes") == 0
    (connection,) = front.sockets.connections()
    link = connection.link  # type: ignore[attr-defined]
    link._transport.pause_reading()
    transport = link._transport
    transport.write(b"x" * 8_000_000)
    assert moved("sockets_queued_bytes") == moved("sockets_queued_most_bytes") > 0
    transport.abort()
    await client.ws.close()
