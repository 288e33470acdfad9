"""A WebSocket that left aiohttp: order, the end, and what waits for a busy handler."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from infra.http.client_frames import Opcode, Received
from infra.http.websocket import WAITING_BYTES, WebSocket
from tests.unit.infra.test_client_frames import wire

LIMIT = 1_000


class Wire(asyncio.Transport):
    """A transport that only notes whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True
        self.resumed = asyncio.Event()
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True
        self.resumed.set()


@dataclass
class Handler:
    """Notes what comes; handles the next one when `go` is set."""

    log: list[object] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def received(self, message: Received) -> bool:
        self.seen.set()
        await self.go.wait()
        self.log.append(message.data)
        return message.kind is not Opcode.CLOSE

    def broke(self, code: int) -> None:
        self.log.append(code)

    def ended(self) -> None:
        self.log.append("ended")
        self.over.set()


def begun(early: bytes = b"", *, busy: bool = False) -> tuple[WebSocket, Handler, Wire]:
    transport, handler = Wire(), Handler()
    if not busy:
        handler.go.set()
    socket = WebSocket(transport, LIMIT, early)
    socket.begin(handler)
    return socket, handler, transport


async def test_messages_come_in_order_and_the_early_ones_first() -> None:
    socket, handler, _ = begun(wire(b"early") + wire(b"in parts")[:5])
    socket.data_received(wire(b"in parts")[5:])
    socket.data_received(wire(b"late"))
    socket.connection_lost(None)
    await asyncio.wait_for(handler.over.wait(), 5)
    assert handler.log == [b"early", b"in parts", b"late", "ended"]


async def test_nothing_runs_while_nothing_comes() -> None:
    tasks = asyncio.all_tasks()
    socket, handler, _ = begun()
    socket.data_received(wire(b"one"))
    await asyncio.wait_for(handler.seen.wait(), 5)
    if working := asyncio.all_tasks() - tasks:
        await asyncio.wait(working, timeout=5)
    assert asyncio.all_tasks() == tasks
    assert handler.log == [b"one"]
    socket.connection_lost(None)
    assert handler.log == [b"one", "ended"]


@pytest.mark.parametrize(
    ("last", "told"),
    [(wire(b"", Opcode.CLOSE), [b"", "ended"]), (wire(b"x", mask=None), [1002, "ended"])],
)
async def test_after_a_close_or_a_fault_nothing_is_read(last: bytes, told: list[object]) -> None:
    socket, handler, _ = begun()
    socket.data_received(last + wire(b"more"))
    socket.data_received(wire(b"and more"))
    await asyncio.wait_for(handler.over.wait(), 5)
    socket.data_received(wire(b"late"))
    socket.connection_lost(None)
    assert handler.log == told


async def test_what_came_before_the_end_is_handled_before_it() -> None:
    socket, handler, _ = begun(busy=True)
    socket.data_received(wire(b"one"))
    await asyncio.wait_for(handler.seen.wait(), 5)
    socket.data_received(wire(b"two"))
    socket.connection_lost(ConnectionResetError())
    assert handler.log == []
    handler.go.set()
    await asyncio.wait_for(handler.over.wait(), 5)
    assert handler.log == [b"one", b"two", "ended"]


async def test_a_peer_is_not_read_while_much_waits_for_its_handler() -> None:
    socket, handler, transport = begun(busy=True)
    socket.data_received(wire(b"one"))
    await asyncio.wait_for(handler.seen.wait(), 5)
    frame = wire(b"x" * 990)
    for _ in range(WAITING_BYTES // len(frame)):
        socket.data_received(frame)
    assert transport.reading
    socket.data_received(frame)
    assert not transport.reading
    handler.go.set()
    await asyncio.wait_for(transport.resumed.wait(), 5)
    socket.data_received(wire(b"", Opcode.CLOSE))
    await asyncio.wait_for(handler.over.wait(), 5)
    assert len(handler.log) == 1 + WAITING_BYTES // len(frame) + 1 + 2


async def test_who_waits_for_a_full_transport_goes_on_when_it_takes_more_or_is_gone() -> None:
    socket, _, _ = begun()
    await socket.drained()
    for relief in (socket.resume_writing, lambda: socket.connection_lost(None)):
        socket.pause_writing()
        waiting = [asyncio.create_task(socket.drained()) for _ in range(2)]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        await asyncio.sleep(0)
        assert not waiting[0].done()
        relief()
        await asyncio.wait_for(waiting[0], 5)
