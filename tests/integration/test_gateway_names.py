"""A real nginx that follows the names of its pools: fronts come and go, and it finds them."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from infra.nginx.render import GatewayConfig
from tests.client.waiting import eventually
from tests.integration.nginx_rig import POOL, error_of, free_port, nginx, tell

ADDRESSES = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
POOLS = ("front.pool.test", "auth.pool.test")
_INTERNET = 1
_ADDRESS_RECORD = 1


class Names(asyncio.DatagramProtocol):
    """A name server (RFC 1035) of two pools; every address is at the same port."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {name: [] for name in POOLS}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        name, end = _name(data)
        kind, _ = struct.unpack_from("!HH", data, end)
        found = self.addresses[name] if kind == _ADDRESS_RECORD else []
        head = data[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        records = b"".join(
            struct.pack("!HHHIH", 0xC00C, _ADDRESS_RECORD, _INTERNET, 1, 4)
            + ipaddress.IPv4Address(address).packed
            for address in found
        )
        self.transport.sendto(head + data[12 : end + 4] + records, addr)


def _name(data: bytes) -> tuple[str, int]:
    """The name that is asked for, and where it ends."""
    labels, place = [], 12
    while length := data[place]:
        labels.append(data[place + 1 : place + 1 + length].decode())
        place += 1 + length
    return ".".join(labels), place + 1


@pytest.fixture
async def names() -> AsyncIterator[tuple[Names, str]]:
    """A name server and its address."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        Names, local_addr=("127.0.0.1", free_port())
    )
    host, port = transport.get_extra_info("sockname")
    yield server, f"{host}:{port}"
    transport.close()


@pytest.fixture
async def fronts() -> AsyncIterator[int]:
    """A front at each address, which says its own; all at one port."""
    port, runners = free_port(), []
    for address in ADDRESSES:
        app = web.Application()
        app[POOL] = address
        app.router.add_route("*", "/{rest:.*}", tell)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, address, port).start()
        runners.append(runner)
    yield port
    for runner in runners:
        await runner.cleanup()


async def test_fronts_come_and_go_by_their_names(
    tmp_path: Path, names: tuple[Names, str], fronts: int
) -> None:
    server, resolver = names
    first, second, third = ADDRESSES
    gateway = GatewayConfig(
        port=free_port(),
        front=[f"front.pool.test:{fronts}"],
        front_auth=[f"auth.pool.test:{fronts}"],
        directory=tmp_path / "nginx",
        access_log=tmp_path / "access.log",
        resolvers=[resolver],
    )
    async with nginx(gateway) as url, aiohttp.ClientSession(url) as http:

        async def answered_by(path: str = "/") -> str:
            async with http.get(path) as response:
                if response.status == 503:
                    assert (await error_of(response))["code"] == "BUSY"
                    return "nobody"
                return str((await response.json())["pool"])

        async def reaches(expected: str, path: str = "/") -> None:
            async def does() -> bool:
                return await answered_by(path) == expected

            await eventually(does)

        # Before any front is there the gateway is: it says so, and finds the first by itself.
        await reaches("nobody")
        server.addresses = {"front.pool.test": [first], "auth.pool.test": [third]}
        await reaches(first)
        await reaches(third, "/user/me")
        # The replacement is told beside it, then alone: not one call fails meanwhile.
        server.addresses["front.pool.test"] = [first, second]
        seen = {await answered_by() for _ in range(20)}
        server.addresses["front.pool.test"] = [second]
        while second not in seen:
            seen |= {await answered_by() for _ in range(20)}
        assert seen <= {first, second}
        await reaches(second)
