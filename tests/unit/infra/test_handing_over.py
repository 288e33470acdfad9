"""A connection that leaves aiohttp with its handshake, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, web

from infra.http.client_frames import Opcode, Received
from infra.http.server import Runner, Upgrade, hand_over
from infra.http.websocket import WebSocket
from web.live.frames import websocket_text


@dataclass
class Echo:
    """Sends back each message; at the end it closes the transport, as it must."""

    socket: WebSocket
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def received(self, message: Received) -> bool:
        self.socket.transport.write(websocket_text(message.data))
        return message.kind is not Opcode.CLOSE

    def broke(self, code: int) -> None:
        """Ends."""

    def ended(self) -> None:
        self.socket.transport.close()
        self.over.set()


@dataclass
class Served:
    """A server whose sockets echo, and what its middleware saw of each call when it was over."""

    url: str = ""
    runner: Runner | None = None
    echoes: list[Echo] = field(default_factory=list)
    requests: list[weakref.ref[web.Request]] = field(default_factory=list)
    peers: list[object] = field(default_factory=list)

    async def upgrade(self, request: web.Request) -> web.StreamResponse:
        answer = Upgrade(compress=False)
        await answer.prepare(request)
        socket = hand_over(request, answer, 1_000)
        assert socket is not None
        self.echoes.append(Echo(socket))
        socket.begin(self.echoes[-1])
        return answer

    @asynccontextmanager
    async def client(self) -> AsyncIterator[ClientWebSocketResponse]:
        async with ClientSession() as http, http.ws_connect(self.url) as client:
            yield client


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    found = Served()

    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        answer: web.StreamResponse = await handler(request)
        assert request.transport is not None
        found.peers.append(request.transport.get_extra_info("peername")[0])
        found.requests.append(weakref.ref(request))
        return answer

    app = web.Application(middlewares=[note])
    app.router.add_get("/", found.upgrade)
    found.runner = Runner(app, shutdown_timeout=60)
    await found.runner.setup()
    await web.TCPSite(found.runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{found.runner.addresses[0][1]}/"
    yield found
    await found.runner.cleanup()


async def test_it_goes_on_and_the_call_ends_as_any_other(served: Served) -> None:
    async with served.client() as client:
        for text in ("one", "two"):
            await client.send_str(text)
            assert await client.receive_str(timeout=5) == text
        assert served.peers == ["127.0.0.1"]


async def test_nothing_of_the_request_is_kept(served: Served) -> None:
    async with served.client() as client:
        await client.send_str("x")
        await client.receive_str(timeout=5)
        gc.collect()
        assert [request() for request in served.requests] == [None]
        assert served.runner is not None
        assert served.runner.server is not None
        assert served.runner.server.connections == []


async def test_the_server_ends_without_it_and_it_lives_on(served: Served) -> None:
    async with served.client() as client:
        assert served.runner is not None
        await asyncio.wait_for(served.runner.cleanup(), 5)
        await client.send_str("still there")
        assert await client.receive_str(timeout=5) == "still there"


async def test_its_handler_learns_that_the_peer_is_gone(served: Served) -> None:
    async with served.client() as client:
        await client.send_str("x")
        await client.receive_str(timeout=5)
    assert client.closed
    await asyncio.wait_for(served.echoes[0].over.wait(), 5)


async def test_what_a_peer_sends_with_its_handshake_is_read(served: Served) -> None:
    port = int(served.url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        b"\x81\x83\0\0\0\0abc"
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 101")
    assert await asyncio.wait_for(reader.readexactly(5), 5) == b"\x81\x03abc"
    writer.close()
