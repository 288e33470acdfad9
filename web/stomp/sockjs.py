"""`/stomp/chat/{server}/{session}/…`: STOMP over SockJS, where no WebSocket comes through.

The protocol (https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html) is the `sockjs`
library's, but for its WebSocket (web/stomp/links.py) and for what is sent beside a poll: a broken
one is answered with 500 there, which is kept for faults of ours. Also ours: a session belongs to
the login that opened it, what waits for a slow poll is bounded, and a session that nobody polls any
more ends. What a lost answer of a poll held is not sent again: the reader sees the gap in `seq` and
asks, as after any lost connection.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp import hdrs, web
from sockjs import Frame as Kind
from sockjs import MsgType, SessionManager, SessionState, SockjsMessage
from sockjs import Session as PollingSession
from sockjs.route import SockJSRoute
from sockjs.transports import transport_handlers

from chatstream.errors import ErrorCode, UserError
from web.edge.encodings import read_bytes
from web.edge.language import language_of
from web.live.frames import Frame
from web.stomp import close_codes
from web.stomp.entrance import Ticket
from web.stomp.handshake import Handshake
from web.stomp.links import texts_of
from web.stomp.ports import StompPorts
from web.stomp.session import Session

log = logging.getLogger(__name__)

SPOKEN = frozenset({"websocket", "xhr-streaming", "xhr-polling"})
SEND = "xhr_send"
GREETING = b"Welcome to SockJS!\n"
# The route's names of the transports above.
_POLLS = f"xhr|{SEND}|xhr_streaming"
_HEARTBEAT = 25.0
_ABANDONED = 5.0
_TICKET = web.RequestKey("ticket", Ticket)
_SHOWN_BY_LIBRARY = "sockjs_transport_name"


class Bounded(PollingSession):  # type: ignore[misc]  # the library has no types
    """The library's session: its queue is counted, and it expires when nobody polls it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.login = ""
        self.stomp: Session | None = None
        self.turn = asyncio.Lock()
        self.queued = 0
        self.finishing = False
        self._low = asyncio.Event()
        self._low.set()

    def feed(self, frame: Any, data: Any) -> None:
        """Queue a frame for the next poll."""
        if frame is Kind.MESSAGE:
            self.queued += len(data)
            self._low.clear()
        super().feed(frame, data)

    async def get_frame(self, pack: bool = True) -> tuple[Any, str]:
        """The oldest frame; messages that wait together are one."""
        taken: tuple[Any, str] = await super().get_frame(pack)
        if taken[0] is Kind.MESSAGE:
            self.queued = 0  # the library has packed all of them into it
            self._low.set()
        elif taken[0] is Kind.CLOSE:
            self.state = SessionState.CLOSING
        return taken

    def finish(self, code: int, reason: str) -> None:
        """Close after what is queued; the library's own `close` would let that go unread."""
        if not self.finishing:
            self.finishing = True
            self.feed(Kind.CLOSE, (code, reason))

    def release(self) -> None:
        """The poll has ended; the next one must come soon."""
        super().release()
        self.expire()
        self._low.set()

    async def drained(self) -> None:
        """Returns when a poll has taken what waited, or nobody polls."""
        await self._low.wait()


class SockJSLink:
    """A STOMP session's transport over one SockJS session.

    SockJS' own heart-beats go one way: that the peer is there is seen by its polls, and a session
    without one ends.
    """

    __slots__ = ("_limit", "_session")
    answers_pings = False

    def __init__(self, session: Bounded, limit: int) -> None:
        self._session = session
        self._limit = limit

    @property
    def queued_bytes(self) -> int:
        """What waits for the next poll."""
        return self._session.queued

    def send(self, frame: Frame) -> bool:
        """Queue a frame; see `StompLink`."""
        session = self._session
        if session.finishing or not session.send(frame.stomp.decode()):
            return True  # it is closing
        return session.queued <= self._limit

    def ping(self) -> None:
        """Nothing: the library sends heart-beats of its own."""

    def close(self, code: int, reason: str) -> None:
        """The next poll gets what is queued, then the close."""
        self._session.finish(code, reason)

    async def drained(self) -> None:
        """See `StompLink`."""
        await self._session.drained()


class SockJSEndpoint:
    """Serves SockJS' requests and hands what they bring to STOMP sessions."""

    def __init__(self, web_app: web.Application, ports: StompPorts, handshake: Handshake) -> None:
        self._ports = ports
        self._handshake = handshake
        self._manager = SessionManager(
            "stomp", web_app, self._on_event, _HEARTBEAT, disconnect_delay=_ABANDONED
        )
        self._manager.factory = Bounded
        unspoken = {each.name for each in transport_handlers.values()} - SPOKEN
        self._route = SockJSRoute(
            "stomp", self._manager, "", transport_handlers, unspoken | {"websocket-raw"}
        )

    async def greet(self, request: web.Request) -> web.Response:
        """What SockJS answers at its root."""
        return web.Response(body=GREETING, content_type="text/plain")

    async def info(self, request: web.Request) -> web.StreamResponse:
        """The transports there are; BUSY with Retry-After when a handshake would be refused now.

        A page that sees no more of its handshake than that it failed asks here how long to wait.
        """
        self._ports.sockets.entrance.check(self._handshake.address_of(request))
        response: web.StreamResponse = await self._route.info(request)
        return response

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One poll, stream or send.

        Raises NOT_AUTHENTICATED without a login, ACCESS_DENIED for another site's page, NOT_FOUND
        when another login has opened the session, RATE_LIMITED and BUSY as for sockets,
        INVALID_INPUT when what is sent is no JSON list of texts.
        """
        self._handshake.check_origin(request)
        login = self._handshake.login_of(request)
        held = self._manager.get(request.match_info["session"], default=None)
        if held is not None and held.login != login:
            raise UserError(ErrorCode.NOT_FOUND)
        if request.match_info["transport"] == SEND:
            return await self._take(request, held)
        if held is None:
            address = self._handshake.address_of(request)
            self._ports.sockets.check_address(address)
            request[_TICKET] = self._ports.sockets.entrance.admit(address, asks_again=True)
        response: web.StreamResponse = await self._route.handler(request)
        return response

    async def _take(self, request: web.Request, held: Bounded | None) -> web.Response:
        """Hand on what was sent; 204 when it is carried out."""
        if held is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such session")
        await self._manager.remote_messages(held, texts_of(await read_bytes(request)))
        headers = {hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(status=204, headers=headers, content_type="text/plain")

    async def _on_event(
        self, manager: SessionManager, session: Bounded, event: SockjsMessage
    ) -> None:
        if event.type is MsgType.OPEN:
            self._open(session)
        elif session.stomp is None:
            return
        elif event.type is MsgType.MESSAGE:
            await self._feed(session, session.stomp, str(event.data))
        else:
            session.stomp.end()

    def _open(self, session: Bounded) -> None:
        request = session.request
        session.login = self._handshake.login_of(request)
        link = SockJSLink(session, self._ports.limits.socket_queue_bytes)
        address = self._handshake.address_of(request)
        session.stomp = Session(link, self._ports, address, self._handshake.token(request))
        session.stomp.ticket = request.get(_TICKET)
        session.stomp.language = language_of(request)
        self._ports.sockets.add(session.stomp)

    async def _feed(self, session: Bounded, stomp: Session, text: str) -> None:
        async with session.turn:  # sends may overlap; a STOMP session has one reader
            try:
                await stomp.feed(text.encode())
            except Exception:
                log.exception("a frame could not be handled")
                stomp.close(close_codes.INTERNAL, "internal error")

    async def stop(self, web_app: web.Application) -> None:
        """End what is still open; the polls under way are answered first."""
        await self._manager.stop()


async def _without_cookie(request: web.BaseRequest, response: web.StreamResponse) -> None:
    # The library's, for gateways that balance by it; ours goes by address.
    if _SHOWN_BY_LIBRARY in request:
        response.headers.popall(hdrs.SET_COOKIE, None)


def register(
    web_app: web.Application, path: str, ports: StompPorts, handshake: Handshake
) -> SockJSEndpoint:
    """Serve SockJS below `path`; its greeting is the caller's to route."""
    endpoint = SockJSEndpoint(web_app, ports, handshake)
    router = web_app.router
    router.add_get(f"{path}/info", endpoint.info)
    below = f"{path}/{{server}}/{{session}}"
    router.add_post(f"{below}/{{transport:{_POLLS}}}", endpoint.serve)
    web_app.on_response_prepare.append(_without_cookie)
    web_app.on_cleanup.append(endpoint.stop)
    return endpoint
