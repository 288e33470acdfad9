"""What no client should send: a refusal, an ERROR or the close that RFC 6455 names, never 1011."""

from __future__ import annotations

import asyncio
import base64
import json
import os

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from yarl import URL

from tests.fakes.rooms import ROOM
from tests.fakes.stomp import ORIGIN, TOPIC, Client, Front

ID = "0192d3a0-0000-7000-8000-000000000001"
SAY = f"/pub/chat/room/{ROOM}"
DEEP = "[" * 20_000

BODIES = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"\xff", id="no UTF-8"),
    pytest.param(b'{"messageId":"\xed\xa0\x80"}', id="a surrogate in UTF-8"),
    pytest.param(b'{"messageId":"%s","message":"\\ud800"}' % ID.encode(), id="a lone surrogate"),
    pytest.param(b'{"messageId":"%s","message":"\\u0000"}' % ID.encode(), id="NUL"),
    pytest.param(b'{"messageId":"\\u0000","message":"x"}', id="NUL in the id"),
    pytest.param(DEEP.encode(), id="nested"),
    pytest.param(b'{"message":' + DEEP.encode(), id="nested in a field"),
    pytest.param(b'{"x":' + DEEP.encode(), id="nested in an unknown field"),
    pytest.param(b'{"messageId":"%s","message":1e999}' % ID.encode(), id="a number"),
    pytest.param(b'{"messageId":' + b"9" * 5000 + b"}", id="many digits"),
    pytest.param(b'{"messageId":NaN}', id="NaN"),
    pytest.param(b'{"messageId":"%s","message_id":"x","message":"x"}' % ID.encode(), id="unknown"),
    pytest.param(b'{"message_id":"%s","message":"x"}' % ID.encode(), id="another name"),
    pytest.param(b'{"messageId":"%s","message":"a","message":"b"}' % ID.encode(), id="twice"),
    pytest.param(b"null", id="null"),
]
READS = [b"", b"\xff", b"{}", b'{"seq":-1}', b'{"seq":1e999}', b'{"seq":' + b"9" * 5000 + b"}"]
READS += [b'{"seq":1,"seq":2}', b'{"seq":' + DEEP.encode(), DEEP.encode(), b'{"seq":"1"}']


async def send(ws: ClientWebSocketResponse, head: str, body: bytes) -> None:
    length = f"content-length:{len(body)}\n"
    await ws.send_bytes(f"SEND\n{head}\n{length}\n".encode() + body + b"\0")


async def refused(client: Client) -> str:
    """The code of the refusal that is told next; the connection goes on."""
    told = await client.message()
    assert told["type"] == "refused"
    await client.send("UNSUBSCRIBE", {"id": "none", "receipt": "still here"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "still here"
    code: str = told["code"]
    return code


@pytest.mark.parametrize("body", BODIES)
async def test_a_message_that_is_none_is_refused(front: Front, body: bytes) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    await send(client.ws, f"destination:{SAY}\nreceipt:r", body)
    assert await refused(client) == "INVALID_INPUT"
    assert not front.wishes.asked


@pytest.mark.parametrize("body", READS)
async def test_a_position_that_is_none_is_refused(front: Front, body: bytes) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    await send(client.ws, f"destination:{SAY}/read\nreceipt:r", body)
    assert await refused(client) == "INVALID_INPUT"
    assert not front.wishes.asked


async def test_a_refusal_names_the_message_where_the_rest_is_wrong(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    await send(client.ws, f"destination:{SAY}", b'{"messageId":"%s","x":[]}' % ID.encode())
    assert (await client.message())["messageId"] == ID


@pytest.mark.parametrize(
    "head",
    [
        "content-length:" + "9" * 5000,
        "content-length:-1",
        "content-length:abc",
        "content-length:",
        "content-length:1\ncontent-length:2",
        "a:b\rc",
        "a:\\t",
        "a",
        "\n".join(f"h{number}:x" for number in range(100)),
    ],
)
async def test_a_broken_head_is_an_error(front: Front, head: str) -> None:
    client = await front.connect("min")
    await client.ws.send_str(f"SEND\ndestination:{SAY}\n{head}\n\nxx\0")
    assert await client.error() == ("PROTOCOL_ERROR", 1002)


async def test_bad_utf_8_in_a_header_is_an_error(front: Front) -> None:
    client = await front.connect("min")
    await client.ws.send_bytes(b"SEND\ndestination:\xff\n\nx\0")
    assert await client.error() == ("PROTOCOL_ERROR", 1002)


async def test_a_carriage_return_is_escaped_from_1_2_on(front: Front) -> None:
    new = await front.connect("min")
    await new.send("UNSUBSCRIBE", {"id": "none", "receipt": "a\\rb"})
    assert (await new.expect(b"RECEIPT"))["receipt-id"] == "a\rb"
    old = await front.connect("min", **{"accept-version": "1.1"})
    await old.send("UNSUBSCRIBE", {"id": "none", "receipt": "a\\rb"})
    assert (await old.error())[1] == 1002


async def test_text_that_is_no_utf_8_closes_with_1007(front: Front) -> None:
    client = await front.connect("min")
    await client.ws.send_frame(b"SEND\n\n\xff\0", WSMsgType.TEXT)
    assert await client.closed() == 1007


async def handshake(
    front: Front, path: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket without a library, after the answer's head."""
    url = URL(front.url + path)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {url.path} HTTP/1.1\r\nHost: {url.authority}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Cookie: access=min\r\nOrigin: {ORIGIN}\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def frame(data: bytes, *, masked: bool) -> bytes:
    """A text frame; its mask changes nothing."""
    return bytes((0x81, len(data) | (0x80 if masked else 0))) + bytes(4 if masked else 0) + data


async def close_code(reader: asyncio.StreamReader) -> int:
    """The code of the close frame at the end of what comes."""
    async with asyncio.timeout(30):
        while (head := await reader.readexactly(2))[0] != 0x88:
            size = head[1] if head[1] < 126 else int.from_bytes(await reader.readexactly(2))
            await reader.readexactly(size)
        return int.from_bytes(await reader.readexactly(2))


@pytest.mark.parametrize("path", ["", "/000/abc/websocket"])
async def test_a_frame_without_a_mask_closes_with_1002(front: Front, path: str) -> None:
    text = b"CONNECT\naccept-version:1.2\n\n\0"
    data = json.dumps([text.decode()]).encode() if path else text
    reader, writer = await handshake(front, path)
    writer.write(frame(data, masked=True) + frame(data, masked=False))
    assert await close_code(reader) == 1002
    writer.close()


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"\xc1\x80", 1002),  # a reserved bit
        (b"\x83\x80", 1002),  # an unknown opcode
        (b"\x80\x80", 1002),  # the rest of a message that did not begin
        (b"\x09\x80", 1002),  # a ping in pieces
        (b"\x81\xff" + bytes([0x7F] + [255] * 7), 1009),
    ],
)
async def test_what_breaks_rfc_6455_closes_as_it_says(front: Front, head: bytes, code: int) -> None:
    reader, writer = await handshake(front)
    writer.write(head + bytes(4))
    assert await close_code(reader) == code
    writer.close()


@pytest.mark.parametrize(
    ("language", "refused", "broken"),
    [
        ("ko-KR", "먼저 로그인해 주세요.", "STOMP 1.1이나 1.2에 맞지 않아요."),
        ("en", "Log in first.", "The client does not follow STOMP 1.1 or 1.2."),
    ],
)
async def test_an_error_is_told_in_the_language_of_the_handshake(
    front: Front, language: str, refused: str, broken: str
) -> None:
    for headers, said in (({"Authorization": "Basic x"}, refused), ({}, broken)):
        client = await front.open(**{"Accept-Language": language})
        command = "CONNECT" if headers else "SEND"
        await client.send(command, {"accept-version": "1.2", **headers})
        frame = await client.frame()
        assert frame.command == "ERROR"
        assert frame.json["error"]["message"].startswith(said)
        assert frame.headers["message"].isascii()


async def test_a_stranger_that_sends_before_it_connects_learns_why(front: Front) -> None:
    client = await front.open()
    await client.send("SUBSCRIBE", {"id": "s", "destination": TOPIC})
    assert await client.error() == ("PROTOCOL_ERROR", 1002)
