"""STOMP over SockJS: logins, transports, bounds and ends, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest
from aiohttp import ClientResponse, WSMsgType

from tests.fakes.rooms import ROOM
from tests.fakes.stomp import ORIGIN, TOPIC, Front, running_front
from web.stomp import sockjs


class Polling:
    """A SockJS session by polls of one login."""

    def __init__(self, front: Front, account: str, session: str = "abcdefgh") -> None:
        self.front = front
        self.url = f"{front.url}/000/{session}"
        self.headers = {"Cookie": f"access={account}", "Origin": ORIGIN}

    async def post(self, transport: str, body: str | None = None) -> ClientResponse:
        return await self.front.http.post(
            f"{self.url}/{transport}", data=body, headers=self.headers
        )

    async def poll(self) -> str:
        """What the next poll brings: `o`, `h`, `a[…]` or `c[…]`."""
        async with await self.post("xhr") as response:
            assert response.status == 200
            return (await response.text()).rstrip("\n")

    async def frames(self) -> list[str]:
        """The STOMP frames that the next poll with messages brings."""
        text = await self.poll()
        assert text.startswith("a"), text
        found: list[str] = json.loads(text[1:])
        return found

    async def send(self, *frames: str) -> None:
        async with await self.post("xhr_send", json.dumps(frames)) as response:
            assert response.status == 204, await response.text()

    async def connect(self, beats: str = "0,0") -> Polling:
        assert await self.poll() == "o"
        await self.send(f"CONNECT\naccept-version:1.2\nheart-beat:{beats}\n\n\0")
        (connected,) = await self.frames()
        assert connected.startswith("CONNECTED\n")
        return self


def send_frame(text: str, receipt: str = "r1") -> str:
    body = json.dumps({"messageId": "0192d3a0-0000-7000-8000-000000000001", "message": text})
    return f"SEND\ndestination:/pub/chat/room/{ROOM}\nreceipt:{receipt}\n\n{body}\0"


async def test_the_root_greets_and_info_names_the_transports(front: Front) -> None:
    async with front.http.get(front.url) as response:
        assert (response.status, await response.text()) == (200, "Welcome to SockJS!\n")
    async with front.http.get(f"{front.url}/info") as response:
        info: dict[str, Any] = json.loads(await response.text())
    assert info["websocket"] is True
    assert info["transports"] == ["websocket", "xhr-polling", "xhr-streaming"]


async def test_a_chat_goes_by_polls_and_sends(front: Front) -> None:
    polling = await Polling(front, "min").connect()
    await polling.send(f"SUBSCRIBE\nid:s\ndestination:{TOPIC}\nreceipt:r0\n\n\0")
    assert await polling.frames() == ["RECEIPT\nreceipt-id:r0\n\n\0"]
    await polling.send(send_frame("by poll"))
    seen: list[str] = []
    while len(seen) < 2:
        seen += await polling.frames()
    assert sorted(frame.split("\n")[0] for frame in seen) == ["MESSAGE", "RECEIPT"]
    assert any("by poll" in frame for frame in seen)


async def test_a_stream_brings_frames_as_they_come(front: Front) -> None:
    polling = Polling(front, "min")
    async with await polling.post("xhr_streaming") as stream:
        lines = stream.content
        assert (await lines.readline()).strip(b"h") == b"\n"
        assert await lines.readline() == b"o\n"
        await polling.send("CONNECT\naccept-version:1.2\n\n\0")
        assert (await lines.readline()).startswith(b'a["CONNECTED\\n')
        await polling.send("DISCONNECT\nreceipt:bye\n\n\0")
        assert b"receipt-id:bye" in await lines.readline()
        assert (await lines.readline()).startswith(b"c[1000,")


async def test_a_socket_of_sockjs_speaks_the_same(front: Front) -> None:
    headers = {"Cookie": "access=min", "Origin": ORIGIN}
    async with front.http.ws_connect(f"{front.url}/000/wsws/websocket", headers=headers) as ws:
        assert await ws.receive_str() == "o"
        await ws.send_str(json.dumps(["CONNECT\naccept-version:1.2\n\n\0"]))
        assert (await ws.receive_str()).startswith('a["CONNECTED\\n')
        front.sockets.end_login("sid-min")
        assert "NOT_AUTHENTICATED" in await ws.receive_str()
        assert (await ws.receive_str()).startswith("c[1008,")
        assert (await ws.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


NO_TEXTS = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"x", id="no JSON"),
    pytest.param(b"5", id="a number"),
    pytest.param(b'{"a":"b"}', id="an object"),
    pytest.param(b"[5]", id="a list of numbers"),
    pytest.param(b'["a",["b"]]', id="a list in the list"),
    pytest.param(b'["\\ud800"]', id="a lone surrogate"),
    pytest.param(b'["\xff"]', id="no UTF-8"),
    pytest.param(b"[" * 20_000, id="nested"),
    pytest.param(b'["a"', id="broken off"),
]


@pytest.mark.parametrize("body", NO_TEXTS)
async def test_a_send_that_is_no_list_of_texts_is_refused(front: Front, body: bytes) -> None:
    polling = await Polling(front, "min").connect()
    url = f"{polling.url}/xhr_send"
    async with front.http.post(url, data=body, headers=polling.headers) as response:
        fault = (await response.json())["error"]
        assert (response.status, fault["code"]) == (400, "INVALID_INPUT")
    await polling.send("DISCONNECT\nreceipt:bye\n\n\0")
    assert "receipt-id:bye" in (await polling.frames())[0]


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_a_coded_send_is_decoded_or_refused(front: Front, coding: str) -> None:
    polling = await Polling(front, "min").connect()
    headers = polling.headers | {"Content-Encoding": coding}
    body = gzip.compress(json.dumps(["DISCONNECT\nreceipt:bye\n\n\0"]).encode())
    async with front.http.post(f"{polling.url}/xhr_send", data=body, headers=headers) as response:
        assert response.status == {"gzip": 204, "br": 415}[coding]


@pytest.mark.parametrize("body", NO_TEXTS[1:])
async def test_a_message_of_a_socket_that_is_no_list_of_texts_closes_it(
    front: Front, body: bytes
) -> None:
    headers = {"Cookie": "access=min", "Origin": ORIGIN}
    async with front.http.ws_connect(f"{front.url}/000/wsws/websocket", headers=headers) as ws:
        assert await ws.receive_str() == "o"
        await ws.send_frame(b"", WSMsgType.TEXT)
        await ws.send_frame(body, WSMsgType.TEXT)
        while (message := await ws.receive()).type is WSMsgType.TEXT:
            assert message.data.startswith("c[1007,")
        assert ws.close_code == 1007


async def test_a_socket_of_sockjs_has_the_limit_of_a_frame() -> None:
    async with running_front(frame_bytes=1000) as front:
        headers = {"Cookie": "access=min", "Origin": ORIGIN}
        async with front.http.ws_connect(f"{front.url}/000/wsws/websocket", headers=headers) as ws:
            assert await ws.receive_str() == "o"
            await ws.send_str(json.dumps(["x" * 1000]))
            assert (await ws.receive()).type is WSMsgType.CLOSE
            assert ws.close_code == 1009


async def test_a_socket_that_is_none_is_refused(front: Front) -> None:
    headers = {"Cookie": "access=min", "Origin": ORIGIN}
    async with front.http.get(f"{front.url}/000/wsws/websocket", headers=headers) as response:
        assert response.status == 400
    async with front.http.get(f"{front.url}/000/wsws/websocket") as response:
        assert response.status in (400, 401)


async def test_nobody_opens_a_session_without_a_login(front: Front) -> None:
    async with front.http.post(f"{front.url}/000/nologin1/xhr") as response:
        assert response.status == 401
    assert len(front.sockets) == 0


async def test_another_sites_page_opens_no_session(front: Front) -> None:
    polling = Polling(front, "min")
    polling.headers["Origin"] = "http://evil.test"
    async with await polling.post("xhr") as response:
        assert response.status == 403


@pytest.mark.parametrize("transport", ["xhr", "xhr_send", "xhr_streaming"])
async def test_a_session_belongs_to_the_login_that_opened_it(front: Front, transport: str) -> None:
    await Polling(front, "min").connect()
    thief = Polling(front, "jun")
    async with await thief.post(transport, json.dumps([send_frame("stolen")])) as response:
        assert response.status == 404
    assert not front.wishes.asked


@pytest.mark.parametrize("transport", ["eventsource", "htmlfile", "jsonp", "jsonp_send"])
async def test_other_transports_are_off(front: Front, transport: str) -> None:
    async with await Polling(front, "min").post(transport) as response:
        assert response.status == 404
    async with front.http.get(f"{front.url}/000/abcdefgh/{transport}") as response:
        assert response.status == 404


async def test_the_cookie_of_the_library_is_not_set(front: Front) -> None:
    async with await Polling(front, "min").post("xhr") as response:
        assert "Set-Cookie" not in response.headers


async def test_who_does_not_poll_in_time_is_closed_when_too_much_waits() -> None:
    async with running_front(socket_queue_bytes=4_000) as front:
        front.rooms.create(ROOM, "min", "jun")
        polling = await Polling(front, "min").connect()
        await polling.send(f"SUBSCRIBE\nid:s\ndestination:{TOPIC}\nreceipt:r0\n\n\0")
        await polling.frames()
        while len(front.sockets):
            front.hub.tell(0, front.rooms.say(ROOM, "jun", "x" * 500))
        brought = await polling.poll()
        assert brought.startswith("a")
        assert (await polling.poll()).startswith("c[1013,")


def test_a_session_expires_unless_somebody_polls_it() -> None:
    session = sockjs.Bounded("s", disconnect_delay=0)
    session.acquire(object())
    assert not session.expired
    session.release()
    assert session.expired


@pytest.mark.parametrize("beats", ["0,0", "0,10000"])
async def test_who_said_to_send_no_heart_beats_is_not_waited_for(front: Front, beats: str) -> None:
    await Polling(front, "min").connect(beats)
    session = front.session_of("min")
    later = asyncio.get_running_loop().time() + 3_000
    assert session.tick(later) is not None
    assert not session.ended


async def test_who_said_to_send_heart_beats_ends_without_them(front: Front) -> None:
    await Polling(front, "min").connect("10000,0")
    session = front.session_of("min")
    assert session.tick(asyncio.get_running_loop().time() + 100) is None
    assert session.ended


async def test_a_websocket_that_answers_no_ping_ends_also_without_heart_beats(front: Front) -> None:
    await front.connect("min", **{"heart-beat": "0,0"})
    session = front.session_of("min")
    assert session.tick(asyncio.get_running_loop().time() + 100) is None
    assert session.ended
