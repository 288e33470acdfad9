"""A real nginx before small upstreams that say what arrived."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.embedded.layout import is_free
from infra.nginx.render import GatewayConfig, command, write

# Below the range from which the kernel takes the ports of outgoing connections: one of those could
# be in use again when nginx comes to listen. Another run on this machine begins elsewhere.
PORTS = itertools.cycle(range(15_000, 18_000))
for _ in range(os.getpid() % 3_000):
    next(PORTS)


def free_port() -> int:
    return next(port for port in PORTS if is_free(port))


async def tell(request: web.Request) -> web.StreamResponse:
    """Answer with what arrived."""
    await request.read()
    return web.json_response(
        {
            "pool": request.app[POOL],
            "method": request.method,
            "path": request.raw_path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
        },
        status=int(request.headers.get("X-Status", "200")),
    )


async def echo(request: web.Request) -> web.StreamResponse:
    """Send back each text frame."""
    answer = web.WebSocketResponse(protocols=("v12.stomp",))
    await answer.prepare(request)
    async for message in answer:
        await answer.send_str(f"{request.app[POOL]}:{message.data}")
    return answer


POOL = web.AppKey("pool", str)


@dataclass
class Upstream:
    """One small server that names its pool."""

    name: str
    port: int
    runner: web.AppRunner

    async def start(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()


def upstream(name: str) -> Upstream:
    app = web.Application()
    app[POOL] = name
    app.router.add_get("/stomp/chat", echo)
    app.router.add_route("*", "/{rest:.*}", tell)
    return Upstream(name, free_port(), web.AppRunner(app, shutdown_timeout=1))


@retry(
    retry=retry_if_exception_type(OSError),
    stop=stop_after_delay(20),
    wait=wait_fixed(0.02),
    reraise=True,
)
async def accepts(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


@contextlib.asynccontextmanager
async def nginx(gateway: GatewayConfig) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(*command(write(gateway)))
    try:
        await accepts(gateway.port)
        yield f"{'https' if gateway.tls else 'http'}://127.0.0.1:{gateway.port}"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)


@dataclass(frozen=True)
class Running:
    """A gateway with its upstreams."""

    url: str
    gateway: GatewayConfig
    fronts: tuple[Upstream, Upstream]


@contextlib.asynccontextmanager
async def running_gateway(folder: Path, **options: Any) -> AsyncIterator[Running]:
    """Two fronts, a front-auth and a front-coupon, and nginx before them; files are in `folder`.

    `options` are further fields of its GatewayConfig.
    """
    first, second, auth = upstream("front-1"), upstream("front-2"), upstream("auth")
    coupon = upstream("coupon")
    for each in (first, second, auth, coupon):
        await each.start()
    gateway = GatewayConfig(
        port=free_port(),
        front=(f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}"),
        front_auth=(f"127.0.0.1:{auth.port}",),
        others={"front-coupon": (f"127.0.0.1:{coupon.port}",)},
        directory=folder / "nginx",
        access_log=folder / "log/nginx-access.log",
        **options,
    )
    async with nginx(gateway) as url:
        yield Running(url, gateway, (first, second))
    for each in (first, second, auth, coupon):
        await each.runner.cleanup()


@contextlib.asynccontextmanager
async def client_from(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def error_of(response: aiohttp.ClientResponse) -> dict[str, object]:
    """The envelope's content; its form is checked on the way."""
    assert response.content_type == "application/json"
    body = json.loads(await response.read())
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    error: dict[str, object] = body["error"]
    return error
