"""A front with nothing behind it: `python small_front.py PORT`. It drains as the real one does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aiohttp import web

from web.edge.draining import Draining
from web.stomp.close_codes import GOING_AWAY
from web.stomp.frames import close_frame

_SLOW = 0.3


class SmallFront:
    """Says which process answers; its sockets echo until it is told to end."""

    def __init__(self) -> None:
        self.draining = Draining(within=5.0)
        self.draining.ends(self.leave)
        self.sockets: set[asyncio.Transport] = set()

    async def ready(self, _: web.Request) -> web.Response:
        return web.Response(status=503 if self.draining.begun else 200)

    async def tell(self, request: web.Request) -> web.Response:
        """Answers a call that takes a moment."""
        await request.read()
        await asyncio.sleep(_SLOW)
        return web.Response(text=str(os.getpid()))

    async def echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        transport = request.transport
        assert transport is not None
        self.sockets.add(transport)
        async for message in socket:
            await socket.send_str(f"{os.getpid()}:{message.data}")
        self.sockets.discard(transport)
        return socket

    async def leave(self) -> None:
        """Tell each; who reads it ends with the answer of its peer."""
        for transport in self.sockets:
            transport.write(close_frame(GOING_AWAY, "going"))


async def main(port: int) -> None:
    """Serve until TERM, then drain."""
    front, ended = SmallFront(), asyncio.Event()
    app = web.Application()
    front.draining.register(app)
    app.router.add_get("/readyz", front.ready)
    app.router.add_get("/stomp/chat", front.echo)
    app.router.add_route("*", "/{rest:.*}", front.tell)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await front.draining.drain()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
