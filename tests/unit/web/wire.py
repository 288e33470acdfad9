"""Requests as bytes, for what no client would send, and what they are answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from tests.unit.web.served import Call, Served


async def raw(served: Served, *parts: bytes) -> tuple[int, object]:
    """Status and body of the answer to these bytes; the connection ends with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split()[1])
        size = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:"))
        return status, json.loads(await reader.readexactly(int(size.split(b":")[1])))
    finally:
        writer.close()


async def statuses(served: Served, requests: Mapping[str, bytes]) -> dict[str, int]:
    """The status that each request is answered with, one after another."""
    found: dict[str, int] = {}
    for kind, data in requests.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
        writer.write(data)
        found[kind] = int((await reader.readline()).split()[1])
        writer.close()
    return found


def code_of(body: object) -> str:
    """The code of an envelope, which must be whole."""
    assert isinstance(body, dict)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    code: str = body["error"]["code"]
    return code


def request(call: Call, body: bytes | None = None, query: str = "", **headers: bytes) -> bytes:
    method, path = call
    lines = {b"Host": b"chat.example", b"Connection": b"close"}
    if body is not None:
        lines |= {b"Content-Type": b"application/json", b"Content-Length": b"%d" % len(body)}
    lines |= {name.replace("_", "-").encode(): value for name, value in headers.items()}
    target = f"{path}?{query}" if query else path
    shown = b"".join(b"%s: %s\r\n" % line for line in lines.items())
    return f"{method} {target} HTTP/1.1\r\n".encode() + shown + b"\r\n" + (body or b"")


async def answers(served: Served, requests: Mapping[str, bytes]) -> dict[str, tuple[int, object]]:
    """What each request is answered, some at a time."""
    gate = asyncio.Semaphore(16)

    async def one(data: bytes) -> tuple[int, object]:
        async with gate:
            return await raw(served, data)

    found = await asyncio.gather(*(one(data) for data in requests.values()))
    return dict(zip(requests, found, strict=True))
