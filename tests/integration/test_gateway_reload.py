"""A real nginx that is led to other fronts while people talk through it."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
import pytest

from infra.embedded.rolling import taking
from infra.nginx.render import write
from tests.client.waiting import eventually
from tests.integration.nginx_rig import Running


@pytest.fixture
def master(running: Running) -> int:
    """nginx' own process; it is a child of this one."""
    [found] = [
        child.pid
        for child in psutil.Process().children()
        if str(running.gateway.directory) in " ".join(child.cmdline())
    ]
    return found


async def test_new_calls_come_to_the_new_front_and_open_sockets_stay(
    running: Running, master: int, tmp_path: Path
) -> None:
    first, second = running.gateway.front
    write(replace(running.gateway, front=(first,)))
    await reload(master)
    async with aiohttp.ClientSession() as http:
        socket = await http.ws_connect(f"{running.url}/stomp/chat", protocols=("v12.stomp",))
        await socket.send_str("before")
        assert await socket.receive_str(timeout=10) == "front-1:before"
        write(replace(running.gateway, front=(second,)))
        await reload(master)
        async with http.get(f"{running.url}/chat") as response:
            assert (await response.json())["pool"] == "front-2"
        await socket.send_str("after")
        assert await socket.receive_str(timeout=10) == "front-1:after"
        await socket.close()


async def reload(master: int) -> None:
    """Returns when none of the workers of before takes connections any more."""
    before = taking(master)
    assert len(before) == 1
    psutil.Process(master).send_signal(signal.SIGHUP)

    async def is_led() -> bool:
        now = taking(master)
        return bool(now) and not now & before

    await eventually(is_led, 20, every=0.02)


async def test_a_call_on_a_connection_of_before_the_reload_is_answered(
    running: Running, master: int
) -> None:
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=connector) as http:
        for _ in range(3):
            # A POST is not repeated by the client: one that is lost is an error here.
            async with http.post(f"{running.url}/chat", data=b"x") as response:
                assert response.status == 200
            await reload(master)
        async with http.post(f"{running.url}/chat", data=b"x") as response:
            assert response.status == 200
