"""The session of a connection: its frames in, CONNECT, heart-beats, expiry."""

from __future__ import annotations

import asyncio
import math
import time

from chatstream.domain.stomp import Beats, ProtocolError, negotiate_beats, negotiate_version
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from web.stomp import commands, frames, measuring
from web.stomp.codec import ClientFrame, FrameReader
from web.stomp.connection import Connection
from web.stomp.links import StompLink
from web.stomp.ports import StompPorts

CONNECT_WITHIN = 10.0
PING_EVERY = 25.0
PING_PATIENCE = 80.0
AT_ONCE = 50
GRACE = 1.0


class Session(Connection):
    """A connection that is read. `feed` is called by one reader, in order."""

    __slots__ = ("_beat_due", "_beats", "_reader", "_subprotocol", "cookie_token")

    def __init__(
        self,
        link: StompLink,
        ports: StompPorts,
        address: str,
        cookie_token: str | None = None,
        subprotocol: str | None = None,
    ) -> None:
        super().__init__(link, ports, address)
        self.cookie_token = cookie_token
        self._subprotocol = subprotocol
        self._reader = FrameReader(ports.limits.frame_bytes)
        self._beats: Beats | None = None
        self._beat_due = 0.0
        ports.clock.add(self._heard + CONNECT_WITHIN, _Connecting(self))

    # -- what comes in ---------------------------------------------------------------------

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
        measured = measuring.begin(frame)
        try:
            if self.caller is None:
                self._connect(frame)
            else:
                await commands.handle(self, frame)
        except ProtocolError as error:
            measured.code = measuring.PROTOCOL
            self.break_off(error, receipt_id)
        except UserError as error:
            measured.code = str(error.code)
            self.refuse(error, receipt_id)
        except Exception:
            measured.code = str(ErrorCode.INTERNAL)
            raise
        finally:
            if not measured.goes_on:
                measured.end()

    def _connect(self, frame: ClientFrame) -> None:
        if frame.command not in ("CONNECT", "STOMP"):
            raise ProtocolError("the first frame must be CONNECT or STOMP")
        headers = {name.lower(): text for name, text in frame.headers.items()}
        version = negotiate_version(headers.get("accept-version"), self._subprotocol)
        beats = negotiate_beats(headers.get("heart-beat"), self.ports.limits.heartbeat)
        caller = self.ports.authenticator.authenticate(self._token(headers.get("authorization")))
        self.ports.sockets.login(self, caller)
        self.caller, self.cookie_token, self._beats = caller, None, beats
        self._reader.version = version
        now = asyncio.get_running_loop().time()
        self._beat_due = now + (beats.send or PING_EVERY)
        self.send(frames.connected(version, beats))
        self.ports.clock.add(self._next_look(now, caller, beats), self)

    def _token(self, authorization: str | None) -> str:
        if authorization is None:
            if self.cookie_token is None:
                raise UserError(ErrorCode.NOT_AUTHENTICATED, "CONNECT needs Authorization: Bearer")
            return self.cookie_token
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "Authorization must be Bearer <token>")
        return token.strip()

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
        if beats.expect:
            return self._heard + beats.patience + GRACE
        return self._heard + PING_PATIENCE if self.link.answers_pings else math.inf

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
