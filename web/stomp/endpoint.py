"""`/stomp/chat`: STOMP over plain WebSocket, and over that of SockJS."""

from __future__ import annotations

import logging

from aiohttp import WSMsgType, hdrs, web

from chatstream.errors import ErrorCode, UserError
from web.edge.language import language_of
from web.stomp import close_codes, sockjs
from web.stomp.entrance import Ticket
from web.stomp.handshake import Handshake, wants_websocket
from web.stomp.links import CLOSE_WITHIN, SockJSSocketLink, WebSocketLink
from web.stomp.ports import StompPorts
from web.stomp.session import Session

log = logging.getLogger(__name__)

PATH = "/stomp/chat"
ALIAS = "/stomp/chat/websocket"


class Endpoint:
    """Serves the handshake and reads a socket until it ends."""

    def __init__(self, ports: StompPorts, handshake: Handshake) -> None:
        self._ports = ports
        self._handshake = handshake

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from handshake to end."""
        self._handshake.check(request)
        return await self._talk(request, WebSocketLink, self._handshake.subprotocol(request))

    async def serve_sockjs(self, request: web.Request) -> web.StreamResponse:
        """One connection of SockJS; as its other transports it needs a login to be opened."""
        if not wants_websocket(request):
            raise UserError(ErrorCode.INVALID_INPUT, "this address speaks WebSocket only")
        self._handshake.check_origin(request)
        self._handshake.login_of(request)
        return await self._talk(request, SockJSSocketLink, None)

    async def _talk(
        self, request: web.Request, kind: type[WebSocketLink], subprotocol: str | None
    ) -> web.StreamResponse:
        address = self._handshake.address_of(request)
        self._ports.sockets.check_address(address)
        ticket = self._ports.sockets.entrance.admit(
            address, asks_again=hdrs.ORIGIN in request.headers
        )
        try:
            return await self._serve(request, kind, subprotocol, ticket)
        finally:
            ticket.leave()

    async def _serve(
        self,
        request: web.Request,
        kind: type[WebSocketLink],
        subprotocol: str | None,
        ticket: Ticket,
    ) -> web.StreamResponse:
        limits = self._ports.limits
        socket = web.WebSocketResponse(
            protocols=() if subprotocol is None else (subprotocol,),
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
        link = kind(transport, writer, limits.socket_queue_bytes)
        address = self._handshake.address_of(request)
        token = self._handshake.token(request)
        session = Session(link, self._ports, address, token, socket.ws_protocol)
        session.ticket, session.language = ticket, language_of(request)
        self._ports.sockets.add(session)
        try:
            link.greet()
            await _read(socket, link, session)
            if not link.closing:
                await socket.close(drain=False)
        finally:
            session.end()
            link.finish()
        return socket

    async def stop(self, app: web.Application) -> None:
        """Close every socket with 1001 and end the hub; the server then waits for the handlers."""
        self._ports.sockets.close_all()
        self._ports.clock.stop()
        await self._ports.hub.stop()


async def _pong(socket: web.WebSocketResponse, data: bytes) -> bool:
    try:
        await socket.pong(data)
    except ConnectionError:
        return False
    return True


async def _read(socket: web.WebSocketResponse, link: WebSocketLink, session: Session) -> None:
    while True:
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            if _is_utf8(message.data):
                await _feed(link, session, message.data)
            else:
                session.close(close_codes.BAD_DATA, "text must be UTF-8")
        elif message.type is WSMsgType.BINARY:
            await _feed(link, session, message.data)
        elif message.type is WSMsgType.PING:
            session.alive()
            if not await _pong(socket, message.data):
                return
        elif message.type is WSMsgType.PONG:
            session.alive()
        else:
            return


async def _feed(link: WebSocketLink, session: Session, data: bytes) -> None:
    try:
        for chunk in link.chunks(data):
            await session.feed(chunk)
    except UserError as error:
        session.close(close_codes.BAD_DATA, error.reason)
    except Exception:
        log.exception("a frame could not be handled")
        session.close(close_codes.INTERNAL, "internal error")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def register(web_app: web.Application, ports: StompPorts, handshake: Handshake) -> None:
    """Serve STOMP on this application; at its shutdown every socket is closed."""
    endpoint = Endpoint(ports, handshake)
    fallback = sockjs.register(web_app, PATH, ports, handshake)

    async def either(request: web.Request) -> web.StreamResponse:
        return await (endpoint.serve if wants_websocket(request) else fallback.greet)(request)

    web_app.router.add_get(PATH, either)
    web_app.router.add_get(ALIAS, endpoint.serve)
    web_app.router.add_get(PATH + "/{server}/{session}/websocket", endpoint.serve_sockjs)
    web_app.on_shutdown.append(endpoint.stop)
