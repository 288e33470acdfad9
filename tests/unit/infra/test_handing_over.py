"""A connection that leaves aiohttp with its handshake, over real sockets."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, UnixConnector, web

from infra.http.server import UNIX_SOCKET, Runner, Upgrade
from tests.fakes.echo import Echo, echoing
from web.edge.addresses import UNKNOWN, address_of


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
        self.echoes.append(await echoing(request, answer, 1_000))
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


async def test_a_server_listens_at_its_unix_socket_too_in_place_of_a_former_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "front"

    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=address_of(request, ()))

    for _ in range(2):
        app = web.Application()
        app[UNIX_SOCKET] = path
        app.router.add_get("/", tell)
        runner = Runner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sent = {"X-Real-IP": "203.0.113.9"}
        async with ClientSession(connector=UnixConnector(str(path))) as gateway:
            async with gateway.get("http://front/", headers=sent) as answer:
                assert await answer.text() == "203.0.113.9"
            async with gateway.get("http://front/") as answer:
                assert await answer.text() == UNKNOWN
        by_port = f"http://127.0.0.1:{runner.addresses[-1][1]}/"
        async with ClientSession() as somebody, somebody.get(by_port, headers=sent) as answer:
            assert await answer.text() == "127.0.0.1"
        await runner.cleanup()
