"""One STOMP connection, whatever transport carries it: states, heart-beats, its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from chatstream.domain.stomp import Beats, ProtocolError, negotiate_beats, negotiate_version
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from web.live.audience import Subscribed
from web.live.frames import Frame
from web.stomp import commands, frames
from web.stomp.codec import ClientFrame, FrameReader

if TYPE_CHECKING:
    from web.stomp.deps import StompDeps
    from web.stomp.entrance import Ticket

log = logging.getLogger(__name__)

NORMAL, GOING_AWAY, PROTOCOL, BAD_DATA, POLICY, TOO_BIG, INTERNAL, TRY_LATER = (
    1000,
    1001,
    1002,
    1007,
    1008,
    1009,
    1011,
    1013,
)
CONNECT_WITHIN = 10.0
PING_EVERY = 25.0
PING_PATIENCE = 80.0
IN_FLIGHT = 64
AT_ONCE = 50
GRACE = 1.0


class Link(Protocol):
    """The transport under a session."""

    def send(self, frame: Frame) -> bool:
        """Queue a frame; never blocks or raises. False when more is queued than may be."""
        ...

    def ping(self) -> None:
        """Ask the peer for a sign of life, where the transport can."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Send what is queued, as far as the peer takes it, and close; the first call counts."""
        ...

    async def drained(self) -> None:
        """Returns when little is queued, or the connection is gone."""
        ...


class Session:
    """The state of one connection. `feed` is called by one reader, in order."""

    __slots__ = (
        "_beat_due",
        "_beats",
        "_heard",
        "_reader",
        "address",
        "caller",
        "cookie_token",
        "deps",
        "ended",
        "link",
        "paused",
        "subscriptions",
        "tasks",
        "ticket",
    )

    def __init__(
        self, link: Link, deps: StompDeps, address: str, cookie_token: str | None = None
    ) -> None:
        self.link = link
        self.deps = deps
        self.address = address
        self.cookie_token = cookie_token
        self.caller: Caller | None = None
        self.subscriptions: dict[str, Subscribed] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.ticket: Ticket | None = None
        self.ended = False
        self.paused = False
        self._reader = FrameReader(deps.limits.frame_bytes)
        self._beats: Beats | None = None
        self._heard = asyncio.get_running_loop().time()
        self._beat_due = 0.0
        deps.clock.add(self._heard + CONNECT_WITHIN, _Connecting(self))

    # -- what comes in ---------------------------------------------------------------------

    def alive(self) -> None:
        """The peer gave a sign of life."""
        self._heard = asyncio.get_running_loop().time()

    async def feed(self, chunk: bytes) -> None:
        """Handle what the peer sent; returns when the next chunk may be read."""
        self.alive()
        try:
            for number, frame in enumerate(self._reader.feed(chunk), start=1):
                if self.ended:
                    return
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)  # many small frames in one chunk: let others run
                await self._handle(frame)
        except ProtocolError as error:
            self.break_off(error, None)

    async def _handle(self, frame: ClientFrame) -> None:
        receipt_id = frame.headers.get("receipt")
        try:
            if self.caller is None:
                self._connect(frame)
            else:
                await commands.handle(self, frame)
        except ProtocolError as error:
            self.break_off(error, receipt_id)
        except UserError as error:
            self.refuse(error, receipt_id)

    def _connect(self, frame: ClientFrame) -> None:
        if frame.command not in ("CONNECT", "STOMP"):
            raise ProtocolError("the first frame must be CONNECT or STOMP")
        headers = {name.lower(): text for name, text in frame.headers.items()}
        version = negotiate_version(headers.get("accept-version"))
        beats = negotiate_beats(headers.get("heart-beat"), self.deps.limits.heartbeat)
        caller = self.deps.authenticator.authenticate(self._token(headers.get("authorization")))
        self.deps.sockets.login(self, caller)
        self.caller, self.cookie_token, self._beats = caller, None, beats
        self._reader.version = version
        now = asyncio.get_running_loop().time()
        self._beat_due = now + (beats.send or PING_EVERY)
        self.send(frames.connected(version, beats))
        self.deps.clock.add(self._next_look(now, caller, beats), self)

    def _token(self, authorization: str | None) -> str:
        if authorization is None:
            if self.cookie_token is None:
                raise UserError(ErrorCode.NOT_AUTHENTICATED, "CONNECT needs Authorization: Bearer")
            return self.cookie_token
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "Authorization must be Bearer <token>")
        return token.strip()

    # -- what goes out ---------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """Queue a frame; who lets the queue grow over its limit is closed and must recover."""
        if not self.link.send(frame) and not self.ended:
            self.close(TRY_LATER, "too slow")

    def done(self, receipt_id: str | None) -> None:
        """Tell the peer that the frame with this receipt is done."""
        if receipt_id and not self.ended:
            self.send(frames.receipt(receipt_id))

    async def drained(self) -> None:
        """Returns when little is queued, or the connection is gone."""
        await self.link.drained()

    def entering(self) -> None:
        """The first subscription is being made; see `web.stomp.entrance`."""
        if self.ticket is not None:
            self.ticket.serve()

    def entered(self) -> None:
        """The first subscription is complete, or nothing will come of it."""
        ticket, self.ticket = self.ticket, None
        if ticket is not None:
            ticket.leave()

    def forget(self, subscription_id: str) -> None:
        """The hub has ended this subscription."""
        self.subscriptions.pop(subscription_id, None)

    # -- its end ---------------------------------------------------------------------------

    def break_off(self, error: ProtocolError, receipt_id: str | None) -> None:
        """The peer broke STOMP: ERROR and close."""
        if not self.ended:
            self.send(frames.protocol_error(error.text, receipt_id))
            self.close(TOO_BIG if error.too_large else PROTOCOL, error.text)

    def refuse(self, error: UserError, receipt_id: str | None) -> None:
        """The peer may not, or we cannot: ERROR and close."""
        if not self.ended:
            self.send(frames.error(error, receipt_id))
            away = error.code in (ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)
            self.close(TRY_LATER if away else POLICY, str(error.code))

    def close(self, code: int, reason: str) -> None:
        """End it all: subscriptions, waiting work, the connection."""
        self.end()
        self.link.close(code, reason)

    def end(self) -> None:
        """The connection is over; harmless when it was before."""
        if self.ended:
            return
        self.ended = True
        self.entered()
        for subscribed in self.subscriptions.values():
            self.deps.hub.drop(subscribed)
        self.subscriptions.clear()
        current = asyncio.current_task()
        for task in self.tasks:
            if task is not current:
                task.cancel()
        self.deps.sockets.remove(self)

    # -- work beside the reader ------------------------------------------------------------

    async def start(self, work: Coroutine[Any, Any, None], receipt_id: str | None) -> None:
        """Run the work beside the reader; waits while too much is under way.

        What the work raises ends the connection as it would in the reader.
        """
        task = asyncio.get_running_loop().create_task(self._run(work, receipt_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        if len(self.tasks) >= IN_FLIGHT:
            await self.hold(asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED))

    async def _run(self, work: Coroutine[Any, Any, None], receipt_id: str | None) -> None:
        try:
            await work
        except ProtocolError as error:
            self.break_off(error, receipt_id)
        except UserError as error:
            self.refuse(error, receipt_id)
        except Exception:
            log.exception("a frame could not be handled")
            self.close(INTERNAL, "internal error")

    async def finish(self, within: float) -> None:
        """Returns when the work under way is done, or so many seconds have passed."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=within)

    async def hold(self, awaited: Coroutine[Any, Any, Any]) -> None:
        """Stop reading until it is done; the peer's silence meanwhile is our doing."""
        self.paused = True
        try:
            await awaited
        finally:
            self.paused = False
            self.alive()

    # -- time ------------------------------------------------------------------------------

    def tick(self, now: float) -> float | None:
        """Heart-beats, silence, expiry: see `Clock`."""
        if self.ended:
            return None
        caller, beats = self.caller, self._beats
        if caller is None or beats is None:
            return None
        if caller.expires_at <= time.time():
            self.refuse(UserError(ErrorCode.NOT_AUTHENTICATED, "the token has expired"), None)
            return None
        if self._silent_until(beats) <= now and not self.paused:
            self.break_off(ProtocolError("no heart-beat came in time"), None)
            return None
        if self._beat_due <= now:
            self._beat(now, beats)
        return self._next_look(now, caller, beats)

    def _silent_until(self, beats: Beats) -> float:
        return self._heard + (beats.patience + GRACE if beats.expect else PING_PATIENCE)

    def _next_look(self, now: float, caller: Caller, beats: Beats) -> float:
        silence = max(self._silent_until(beats), now + GRACE)
        return min(self._beat_due, silence, now + caller.expires_at - time.time())

    def _beat(self, now: float, beats: Beats) -> None:
        if beats.send:
            self.send(frames.HEARTBEAT)
        if not beats.expect:
            self.link.ping()
        self._beat_due = now + (beats.send or PING_EVERY)


class _Connecting:
    """Ends a session that has not sent its CONNECT in time."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def tick(self, now: float) -> float | None:
        """Look once."""
        if self._session.caller is None:
            fault = UserError(ErrorCode.NOT_AUTHENTICATED, "no CONNECT came in time")
            self._session.refuse(fault, None)
        return None
