"""Fronts are replaced under load: real supervisord, real nginx, fronts with nothing behind them."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from infra.embedded.answering import answers
from infra.embedded.gateway import NAME, Gateway, GatewaySettings
from infra.embedded.instance import InstanceLock
from infra.embedded.layout import Layout
from infra.embedded.programs import Program
from infra.embedded.rolling import Rolling
from infra.embedded.services import places, workers
from infra.embedded.serving import Serving
from infra.embedded.supervision import ProgramGroup, Supervisor
from infra.embedded.waiting import wait_until
from tests.client.waiting import eventually, pause
from tests.integration import small_front
from tests.integration.nginx_rig import free_port

CLONE = Path(__file__).resolve().parents[2]
FRONTS = ("front-1", "front-2")
# The gateway hashes three octets of the address: these meet both fronts.
ADDRESSES = tuple(f"127.0.{n}.1" for n in range(1, 7))


class SmallStack:
    """What `Rolling` uses of a stack, with fronts that begin in a moment."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.workers = [each for each in workers({"front": 2}) if each.service.startswith("front")]
        self.places = places(self.workers)
        ports = {each.process: free_port() for each in self.places}
        self.endpoints = SimpleNamespace(ports=ports)
        self.serving = Serving(layout)
        self.port = free_port()
        self.supervisor = Supervisor(layout, self._groups())

    def _groups(self) -> list[ProgramGroup]:
        fronts = [self._program(each.process) for each in self.places]
        nginx = [self.gateway().program()]
        return [ProgramGroup("services", 500, fronts), ProgramGroup("gateway", 900, nginx)]

    def _program(self, process: str) -> Program:
        port = str(self.endpoints.ports[process])
        command = [sys.executable, small_front.__file__, port]
        return Program(process, command, CLONE, {"PYTHONPATH": str(CLONE)})

    def gateway(self) -> Gateway:
        def port_of(name: str) -> int:
            return int(self.endpoints.ports[self.serving.process_of(name)])

        pools = {
            "front": [port_of(name) for name in FRONTS],
            "front-auth": [port_of("front-auth")],
        }
        return Gateway(self.layout, GatewaySettings(self.port, pools))

    def start(self, lock: int) -> None:
        self.gateway().prepare()
        self.supervisor.start(lock)
        for name in (*FRONTS, "front-auth"):
            self.supervisor.start_program(name)
        for name in (*FRONTS, "front-auth"):
            port = self.endpoints.ports[name]
            wait_until(lambda port=port: answers(port, "/readyz"), 60, name)  # type: ignore[misc]
        self.supervisor.start_program(NAME)
        wait_until(lambda: self.gateway().answers("/readyz"), 60, NAME)

    def pid(self, name: str) -> int:
        return self.supervisor.pid(self.serving.process_of(name))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[SmallStack]:
    layout = Layout(tmp_path)
    layout.create()
    lock = InstanceLock(layout)
    made = SmallStack(layout)
    try:
        made.start(lock.acquire("http://127.0.0.1"))
        yield made
    finally:
        made.supervisor.stop()
        lock.release()


@dataclass
class Crowd:
    """People who call and talk without a pause; what befell them."""

    port: int
    calls: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    closes: dict[str, list[int | None]] = field(default_factory=dict)
    talking: Counter[str] = field(default_factory=Counter)

    async def call(self, address: str) -> None:
        """POST after POST, on connections that are kept; none may fail."""
        async with session(address) as http:
            while True:
                try:
                    async with http.post(f"http://127.0.0.1:{self.port}/chat", data=b"x") as done:
                        self.calls[await done.text()] += 1
                        if done.status != 200:
                            self.failures.append(str(done.status))
                except aiohttp.ClientError as error:
                    self.failures.append(repr(error))
                await pause(0.02)

    async def talk(self, address: str) -> None:
        """A socket that comes back when it is closed."""
        self.closes[address] = []
        async with session(address) as http:
            while True:
                url = f"http://127.0.0.1:{self.port}/stomp/chat"
                async with http.ws_connect(url) as socket:
                    while not socket.closed:
                        with suppress(ConnectionResetError):  # what closed it is read next
                            await socket.send_str("x")
                        message = await socket.receive(timeout=20)
                        if message.type is aiohttp.WSMsgType.TEXT:
                            self.talking[message.data.partition(":")[0]] += 1
                        await pause(0.05)
                    self.closes[address].append(socket.close_code)


@asynccontextmanager
async def session(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        yield http


@asynccontextmanager
async def crowd(port: int) -> AsyncIterator[Crowd]:
    found = Crowd(port)
    doing = [found.call(address) for address in ADDRESSES]
    tasks = [asyncio.create_task(each) for each in (*doing, *map(found.talk, ADDRESSES))]
    try:
        yield found
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def busy_with(crowd: Crowd, pids: set[str]) -> None:
    """Returns when each of these processes has answered calls and talked."""

    async def are() -> bool:
        return pids <= crowd.calls.keys() and pids <= crowd.talking.keys()

    await eventually(are)


async def test_no_call_fails_and_each_socket_is_closed_once_in_order(stack: SmallStack) -> None:
    before = {str(stack.pid(name)) for name in FRONTS}
    said: list[str] = []
    replacing: Any = Rolling(stack, said.append)  # type: ignore[arg-type]  # it has all that is used
    async with crowd(stack.port) as people:
        await busy_with(people, before)
        await asyncio.to_thread(replacing.replace, ["front", "front-auth"])
        after = {str(stack.pid(name)) for name in FRONTS}
        assert not after & before
        await busy_with(people, after)
        assert people.failures == []
        assert people.closes == {address: [1001] for address in ADDRESSES}
        # The next time they go back to the first places.
        await asyncio.to_thread(replacing.replace, ["front"])
        await busy_with(people, {str(stack.pid(name)) for name in FRONTS})
        assert people.failures == []
        assert people.closes == {address: [1001, 1001] for address in ADDRESSES}
    assert [stack.serving.process_of(name) for name in FRONTS] == [*FRONTS]
    assert stack.serving.process_of("front-auth") == "front-auth.b"
    assert len([line for line in said if "is ready" in line]) == 5
    pids = stack.supervisor.pids()
    assert {name for name, pid in pids.items() if pid} == {*FRONTS, "front-auth.b", NAME}


async def test_a_reload_alone_closes_nothing(stack: SmallStack) -> None:
    replacing: Any = Rolling(stack, lambda _: None)  # type: ignore[arg-type]  # as above
    async with crowd(stack.port) as people:
        await busy_with(people, {str(stack.pid(name)) for name in FRONTS})
        talked = sum(people.talking.values())
        await asyncio.to_thread(replacing.replace, [NAME])

        async def goes_on() -> bool:
            return sum(people.talking.values()) > talked + 50

        await eventually(goes_on)
        assert people.failures == []
        assert people.closes == {address: [] for address in ADDRESSES}
