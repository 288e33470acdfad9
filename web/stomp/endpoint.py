"""`/stomp/chat`: STOMP over plain WebSocket, and over that of SockJS."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import hdrs, web

from chatstream.errors import ErrorCode, UserError
from infra.http.client_frames import Opcode, Received
from infra.http.server import Upgrade, hand_over
from web.edge.draining import OpenCount
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
ENDED_WITHIN = CLOSE_WITHIN + 2
"""Seconds for which the end of the process waits for sockets that were told of it."""


class Endpoint:
    """Serves the handshake; what a socket brings goes to its session until it ends."""

    def __init__(self, ports: StompPorts, handshake: Handshake) -> None:
        self._ports = ports
        self._handshake = handshake
        self._open = OpenCount()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One handshake; the connection goes on when it is answered."""
        self._handshake.check(request)
        return await self._talk(request, WebSocketLink, self._handshake.subprotocol(request))

    async def serve_sockjs(self, request: web.Request) -> web.StreamResponse:
        """As above, of SockJS; as its other transports it needs a login to be opened."""
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
        except BaseException:
            ticket.leave()
            raise

    async def _serve(
        self,
        request: web.Request,
        kind: type[WebSocketLink],
        subprotocol: str | None,
        ticket: Ticket,
    ) -> web.StreamResponse:
        limits = self._ports.limits
        answer = Upgrade(
            protocols=() if subprotocol is None else (subprotocol,),
            compress=False,
            timeout=CLOSE_WITHIN,
        )
        await answer.prepare(request)
        socket = hand_over(request, answer, limits.frame_bytes)
        if socket is None:
            ticket.leave()
            return answer
        link = kind(socket, limits.socket_queue_bytes)
        address = self._handshake.address_of(request)
        token = self._handshake.token(request)
        session = Session(link, self._ports, address, token, answer.ws_protocol)
        session.ticket, session.language = ticket, language_of(request)
        self._ports.sockets.add(session)
        link.greet()
        self._open.enter()
        socket.begin(_Talk(link, session, self._open))
        return answer

    async def stop(self, app: web.Application) -> None:
        """Close every socket with 1001 and end the hub; returns when the peers have taken it."""
        self._ports.sockets.close_all()
        try:
            async with asyncio.timeout(ENDED_WITHIN):
                await self._open.none()
        except TimeoutError:
            log.warning("sockets did not end in time and are cut off")
        self._ports.clock.stop()
        await self._ports.hub.stop()


class _Talk:
    """What a peer sends, to its session; see `SocketHandler`."""

    __slots__ = ("_link", "_open", "_session")

    def __init__(self, link: WebSocketLink, session: Session, opened: OpenCount) -> None:
        self._link = link
        self._session = session
        self._open = opened

    async def received(self, message: Received) -> bool:
        """A chunk of STOMP, or a frame of the WebSocket itself."""
        session, kind = self._session, message.kind
        if kind is Opcode.TEXT and not _is_utf8(message.data):
            session.close(close_codes.BAD_DATA, "text must be UTF-8")
        elif kind is Opcode.TEXT or kind is Opcode.BINARY:
            await self._feed(message.data)
        elif kind is Opcode.CLOSE:
            self._link.fail(close_codes.NORMAL)
            return False
        else:
            session.alive()
            if kind is Opcode.PING:
                await self._link.pong(message.data)
        return True

    async def _feed(self, data: bytes) -> None:
        session = self._session
        try:
            for chunk in self._link.chunks(data):
                await session.feed(chunk)
        except UserError as error:
            session.close(close_codes.BAD_DATA, error.reason)
        except Exception:
            log.exception("a frame could not be handled")
            session.close(close_codes.INTERNAL, "internal error")

    def broke(self, code: int) -> None:
        """The peer's frames are none."""
        self._link.fail(code)

    def ended(self) -> None:
        """The connection is over."""
        self._session.end()
        self._link.finish()
        self._open.leave()


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
