"""The limit of deliveries: aiohttp alone. Who sends is answered; all get the frame at once.

The frame is put together once and written to every transport: the cheapest thing that can be done.
"""

from __future__ import annotations

import asyncio
import itertools
import resource

import uvloop
from aiohttp import WSMsgType, web

from tests.bench.wire import Event, tell
from web.live.frames import websocket_text

_SHOWN = (
    b"MESSAGE\nsubscription:0\ndestination:/sub/chat/room/bare\nmessage-id:0\n"
    b'content-type:application/json\n\n{"type":"message","messageId":"%s","roomId":'
    b'"00000000-0000-0000-0000-000000000000","seq":%d,"rev":1,"userId":"somebody","userName":'
    b'"Somebody","message":%s,"createdAt":"2026-01-01T00:00:00.000Z","unread":null}\0'
)


class Bare:
    """Every socket in one room."""

    def __init__(self) -> None:
        self._transports: dict[asyncio.Transport, None] = {}
        self._seqs = itertools.count(1)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        socket = web.WebSocketResponse(protocols=("v12.stomp",), compress=False, decode_text=False)
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        self._transports[transport] = None
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    transport.write(websocket_text(self._answer(message.data)))
        finally:
            del self._transports[transport]
        return socket

    def _answer(self, frame: bytes) -> bytes:
        if frame.startswith(b"CONNECT"):
            return b"CONNECTED\nversion:1.2\n\n\0"
        receipt = frame.partition(b"receipt:")[2].partition(b"\n")[0]
        if frame.startswith(b"SEND"):
            text = frame.partition(b'"message":')[2][:-2]
            shown = websocket_text(_SHOWN % (receipt, next(self._seqs), text))
            for transport in self._transports:
                transport.write(shown)
        return b"RECEIPT\nreceipt-id:" + receipt + b"\n\n\0"


async def _main() -> None:
    app = web.Application()
    app.router.add_get("/stomp/chat", Bare().serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    tell(Event("ready", port=runner.addresses[0][1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_main())
