"""The transport under a STOMP session: one WebSocket, that speaks STOMP itself or SockJS' frames.

Frames are written whole to the transport, without a task or a queue of our own: the transport's
buffer is the queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from chatstream.errors import invalid
from infra.http.websocket import WebSocket
from web.live.frames import Frame, websocket_text
from web.stomp.frames import PING, close_frame, pong_frame

CLOSE_WITHIN = 5.0

_encoder = msgspec.json.Encoder()
_texts = msgspec.json.Decoder(list[str])


class StompLink(Protocol):
    """The transport under a session.

    `answers_pings`: a peer that is there answers to `ping`, whatever it is busy with; where it is
    False a peer that has said that it sends no heart-beats may be silent for ever.
    """

    @property
    def answers_pings(self) -> bool:
        """See above."""
        ...

    @property
    def queued_bytes(self) -> int:
        """What is queued."""
        ...

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


class WebSocketLink:
    """A session's transport over one WebSocket."""

    __slots__ = ("_limit", "_socket", "_transport", "closing")
    answers_pings = True  # RFC 6455, 5.5.2

    def __init__(self, socket: WebSocket, limit: int) -> None:
        self._socket = socket
        self._transport = socket.transport
        self._limit = limit
        self.closing = False

    @property
    def queued_bytes(self) -> int:
        """What is queued, by the transport; 0 when it is closed."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def send(self, frame: Frame) -> bool:
        """Queue a frame; see `StompLink`."""
        transport = self._transport
        if self.closing or transport.is_closing():  # uvloop's write raises when it is closed
            return True
        transport.write(self.shown(frame))
        return transport.get_write_buffer_size() <= self._limit

    def greet(self) -> None:
        """Say what is to be said before the first frame."""

    def chunks(self, data: bytes) -> Sequence[bytes]:
        """The STOMP that a message of the peer holds; INVALID_INPUT when it can hold none."""
        return (data,)

    def shown(self, frame: Frame) -> bytes:
        """The WebSocket frame around a frame."""
        return frame.websocket

    def farewell(self, code: int, reason: str) -> bytes:
        """The last WebSocket frames."""
        return close_frame(code, reason)

    def ping(self) -> None:
        """Send a WebSocket ping."""
        if not (self.closing or self._transport.is_closing()):
            self._transport.write(PING)

    async def pong(self, data: bytes) -> None:
        """Answer a ping; who sends many and reads no answers is not read meanwhile."""
        if not (self.closing or self._transport.is_closing()):
            self._transport.write(pong_frame(data))
            await self.drained()

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        await self._socket.drained()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; the reader goes on until the peer's, for a bounded time.

        To cut the connection at once would lose our last frames: what the peer has sent and nobody
        has read resets it.
        """
        self._close_with(self.farewell(code, reason))

    def fail(self, code: int) -> None:
        """As `close`, where the WebSocket itself is over: by the peer's close frame, or a fault."""
        self._close_with(close_frame(code, ""))

    def _close_with(self, last: bytes) -> None:
        if not self.closing:
            self.closing = True
            if not self._transport.is_closing():
                self._transport.write(last)
                self._cut_later()

    def finish(self) -> None:
        """The reader has ended: flush what the peer still takes, and close."""
        self.closing = True
        if not self._transport.is_closing():
            self._transport.close()
            self._cut_later()

    def _cut_later(self) -> None:
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self._transport.abort)


class SockJSSocketLink(WebSocketLink):
    """As above, in the frames of SockJS: `o`, `a["…"]`, `c[code,"reason"]`."""

    __slots__ = ()

    def greet(self) -> None:
        """See above."""
        self._transport.write(websocket_text(b"o"))

    def chunks(self, data: bytes) -> Sequence[bytes]:
        """See above."""
        if not data:  # some send empty messages to be alive
            return ()
        return [text.encode() for text in texts_of(data)]

    def shown(self, frame: Frame) -> bytes:
        """See above."""
        return websocket_text(b"a" + _encoder.encode([frame.stomp.decode()]))

    def farewell(self, code: int, reason: str) -> bytes:
        """See above."""
        told = websocket_text(b"c" + _encoder.encode([code, reason]))
        return told + close_frame(code, reason)


def texts_of(data: bytes) -> Sequence[str]:
    """The JSON list of texts that a client of SockJS sent; INVALID_INPUT when it is none."""
    try:
        return _texts.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid("body", "must be a JSON list of texts") from None
