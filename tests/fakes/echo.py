"""Sockets that send back what they get, as handed over by the server of every process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from infra.http.client_frames import Opcode, Received
from infra.http.server import Upgrade, hand_over
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


async def echoing(request: web.Request, answer: Upgrade, limit: int) -> Echo:
    """Answer the handshake so; what follows is echoed."""
    await answer.prepare(request)
    socket = hand_over(request, answer, limit)
    assert socket is not None
    echo = Echo(socket)
    socket.begin(echo)
    return echo
