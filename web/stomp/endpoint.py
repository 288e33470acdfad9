"""`/stomp/chat`: STOMP over plain WebSocket, and the link between a socket and its session."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import WSMsgType, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from chatstream.domain.stomp import SUBPROTOCOLS
from web.stomp import sockjs
from web.stomp.deps import StompDeps
from web.stomp.entrance import Ticket
from web.stomp.frames import PING, Frame, close_frame
from web.stomp.handshake import Handshake, wants_websocket
from web.stomp.session import INTERNAL, Session

log = logging.getLogger(__name__)

PATH = "/stomp/chat"
ALIAS = "/stomp/chat/websocket"
CLOSE_WITHIN = 5.0
_DATA = (WSMsgType.TEXT, WSMsgType.BINARY)


class WebSocketLink:
    """A session's transport over one aiohttp WebSocket.

    Frames are written whole to the transport, without a task or a queue of our own: the transport's
    buffer is the queue.
    """

    __slots__ = ("_limit", "_transport", "_writer", "closing")

    def __init__(
        self, transport: asyncio.Transport, writer: AbstractStreamWriter, limit: int
    ) -> None:
        self._transport = transport
        self._writer = writer
        self._limit = limit
        self.closing = False

    def send(self, frame: Frame) -> bool:
        """Queue a frame; see `Link`."""
        transport = self._transport
        if self.closing or transport.is_closing():  # uvloop's write raises when it is closed
            return True
        transport.write(frame.websocket)
        return transport.get_write_buffer_size() <= self._limit

    def ping(self) -> None:
        """Send a WebSocket ping."""
        if not (self.closing or self._transport.is_closing()):
            self._transport.write(PING)

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; the reader goes on until the peer's, for a bounded time.

        aiohttp's own `close` would cut the connection while a reader waits: what the peer has sent
        and nobody has read would then reset it, and our last frames would be lost.
        """
        if not self.closing:
            self.closing = True
            if not self._transport.is_closing():
                self._transport.write(close_frame(code, reason))
                self._cut_later()

    def finish(self) -> None:
        """The reader has ended: flush what the peer still takes, and close."""
        self.closing = True
        if not self._transport.is_closing():
            self._transport.close()
            self._cut_later()

    def _cut_later(self) -> None:
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self._transport.abort)


class Endpoint:
    """Serves the handshake and reads a socket until it ends."""

    def __init__(self, deps: StompDeps, handshake: Handshake) -> None:
        self._deps = deps
        self._handshake = handshake

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from handshake to end."""
        self._handshake.check(request)
        address = self._handshake.address_of(request)
        self._deps.sockets.check_address(address)
        ticket = self._deps.sockets.entrance.admit(
            address, asks_again=hdrs.ORIGIN in request.headers
        )
        try:
            return await self._serve(request, address, ticket)
        finally:
            ticket.leave()

    async def _serve(
        self, request: web.Request, address: str, ticket: Ticket
    ) -> web.StreamResponse:
        limits = self._deps.limits
        socket = web.WebSocketResponse(
            protocols=SUBPROTOCOLS,
            compress=False,
            autoping=False,
            autoclose=False,
            timeout=CLOSE_WITHIN,
            max_msg_size=limits.frame_bytes,
            decode_text=False,
        )
        writer = await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        link = WebSocketLink(transport, writer, limits.socket_queue_bytes)
        session = Session(link, self._deps, address, self._handshake.token(request))
        session.ticket = ticket
        self._deps.sockets.add(session)
        try:
            await _read(socket, session)
            if not link.closing:
                await socket.close(drain=False)
        finally:
            session.end()
            link.finish()
        return socket

    async def stop(self, app: web.Application) -> None:
        """Close every socket with 1001 and end the hub; the server then waits for the handlers."""
        self._deps.sockets.close_all()
        self._deps.clock.stop()
        await self._deps.hub.stop()


async def _pong(socket: web.WebSocketResponse, data: bytes) -> bool:
    try:
        await socket.pong(data)
    except ConnectionError:
        return False
    return True


async def _read(socket: web.WebSocketResponse, session: Session) -> None:
    while True:
        message = await socket.receive()
        if message.type in _DATA:
            try:
                await session.feed(message.data)
            except Exception:
                log.exception("a frame could not be handled")
                session.close(INTERNAL, "internal error")
        elif message.type is WSMsgType.PING:
            session.alive()
            if not await _pong(socket, message.data):
                return
        elif message.type is WSMsgType.PONG:
            session.alive()
        else:
            return


def register(web_app: web.Application, deps: StompDeps, handshake: Handshake) -> None:
    """Serve STOMP on this application; at its shutdown every socket is closed."""
    endpoint = Endpoint(deps, handshake)
    fallback = sockjs.register(web_app, PATH, deps, handshake)

    async def either(request: web.Request) -> web.StreamResponse:
        return await (endpoint.serve if wants_websocket(request) else fallback.greet)(request)

    web_app.router.add_get(PATH, either)
    web_app.router.add_get(ALIAS, endpoint.serve)
    web_app.on_shutdown.append(endpoint.stop)
