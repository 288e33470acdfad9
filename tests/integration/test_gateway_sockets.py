"""A real nginx with its small buffer for sockets, before handshakes as fronts answer them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from chatstream.settings import WebSettings
from infra.http.server import UNIX_SOCKET, Runner, Upgrade
from infra.nginx.render import GatewayConfig
from tests.fakes.echo import echoing
from tests.integration.nginx_rig import free_port, nginx
from web.edge.headers import SecurityHeaders
from web.edge.tracing import tell_trace, trace_call

BUFFER = 1536
LONG_HOST = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.example"
"""As long as a name in a certificate gets; it is in the Content-Security-Policy."""
REFUSAL = {
    "Retry-After": "3600",
    "Content-Language": "ko",
    "Vary": "Accept, Accept-Language, Cookie, Origin",
    "WWW-Authenticate": "Bearer",
    "Access-Control-Allow-Origin": f"https://{LONG_HOST}",
    "Access-Control-Allow-Credentials": "true",
}
"""What a refusal may say besides."""


async def upgrade(request: web.Request) -> web.StreamResponse:
    """A handshake's answer with `X-Filler` as long as asked for, then an echo; else a refusal."""
    if "Upgrade" not in request.headers:
        return web.json_response({"error": {"code": "BUSY"}}, status=503, headers=REFUSAL)
    answer = Upgrade(protocols=("v12.stomp",), compress=False)
    if filler := int(request.headers.get("X-Fill", "0")):
        answer.headers["X-Filler"] = "x" * filler
    await echoing(request, answer, 1_000_000)
    return answer


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short path, and open to nginx' worker."""
    with tempfile.TemporaryDirectory(prefix="gateway-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest_asyncio.fixture(params=["port", "unix"])
async def url(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """nginx before one front, which it reaches so, and before one that is not there."""
    by_unix = request.param == "unix"
    settings = WebSettings(public_url=f"https://{LONG_HOST}", hsts_seconds=63_072_000)
    app = web.Application(middlewares=[trace_call])
    app.on_response_prepare.append(SecurityHeaders(settings).add)
    app.on_response_prepare.append(tell_trace)
    app.router.add_get("/stomp/chat", upgrade)
    app[UNIX_SOCKET] = folder / "front"
    runner, port, public = Runner(app, shutdown_timeout=1), free_port(), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = f"unix:{folder}/front" if by_unix else f"127.0.0.1:{port}"
    gone = f"unix:{folder}/gone" if by_unix else f"127.0.0.1:{free_port()}"
    gateway = GatewayConfig(
        port=public,
        front=[gone, address],
        front_auth=[address],
        directory=folder / "nginx",
        access_log=folder / "access.log",
    )
    async with nginx(gateway):
        yield f"http://127.0.0.1:{public}/stomp/chat"
    await runner.cleanup()


async def _head(url: str, filler: int) -> bytes:
    """The answer's head as it comes through nginx."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
    writer.write(
        b"GET /stomp/chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: v12.stomp\r\nX-Fill: %d\r\n\r\n" % filler
    )
    try:
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    finally:
        writer.close()


async def test_the_answer_to_a_handshake_is_small(url: str) -> None:
    head = await _head(url, 0)
    assert head.startswith(b"HTTP/1.1 101")
    assert b"traceresponse" in head
    assert b"Content-Security-Policy" not in head
    assert len(head) < BUFFER / 4


async def test_a_refusal_with_all_its_headers_fits_the_buffer_of_a_socket(url: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(url) as refused:
        assert refused.status == 503
        assert LONG_HOST in refused.headers["Content-Security-Policy"]
        head = sum(len(name) + len(value) + 4 for name, value in refused.raw_headers)
        assert await refused.json() == {"error": {"code": "BUSY"}}
    assert head < 0.9 * BUFFER


async def test_a_head_of_the_whole_buffer_passes_and_a_larger_one_is_busy(url: str) -> None:
    spare = BUFFER - len(await _head(url, 0))
    assert (await _head(url, spare - 100)).startswith(b"HTTP/1.1 101")
    assert (await _head(url, spare + 100)).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize("size", [1, BUFFER - 4, BUFFER, 10 * BUFFER + 1, 300_000])
async def test_frames_larger_than_the_buffer_pass_whole(url: str, size: int) -> None:
    text = "y" * size
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as connection:
        for _ in range(3):
            await connection.send_str(text)
        for _ in range(3):
            assert await connection.receive_str(timeout=10) == text
