"""One WebSocket after its handshake: what costs nothing while nobody says anything.

aiohttp keeps for a socket all that it made for the request: its parser, headers, two tasks and the
frames of every middleware. Here the connection goes on without them (`hand_over` of a connection of
`infra.http.server`), and there is a task only while something that came in is being handled.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from infra.http.client_frames import BrokenFrames, ClientFrames, Received

WAITING_BYTES = 128 * 1024
"""So much may wait for who handles it; then nothing more is read from the peer."""


class SocketHandler(Protocol):
    """Who handles what a peer sends."""

    async def received(self, message: Received) -> bool:
        """Handle one message; the next one comes when it returns. False: no more are wanted."""
        ...

    def broke(self, code: int) -> None:
        """The peer broke the protocol: close with this code; nothing more is read."""
        ...

    def ended(self) -> None:
        """Nothing more comes: the connection is gone, broken, or no more was wanted. Once."""
        ...


class WebSocket(asyncio.Protocol):
    """The protocol of a connection that was upgraded; the `transport` is its queue to the peer.

    What came before the connection was lost is still handled.
    """

    __slots__ = (
        "_chunks",
        "_drained",
        "_frames",
        "_handler",
        "_lost",
        "_task",
        "_waiting",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, limit: int, early: bytes = b"") -> None:
        self.transport = transport
        self._frames = ClientFrames(limit)
        self._handler: SocketHandler | None = None
        # What waits while the task handles what came before.
        self._chunks: list[bytes] | None = [early] if early else None
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self._lost = False
        # There while the transport's buffer is over its mark.
        self._drained: asyncio.Future[None] | None = None

    def begin(self, handler: SocketHandler) -> None:
        """What comes goes to it; call it in the turn of the loop in which this is made."""
        self._handler = handler
        if self._chunks is not None:
            self._work(handler, self._chunks)

    # -- what comes in ---------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._handler is None:
            return
        if self._chunks is None:
            self._chunks = [data]
            self._work(self._handler, self._chunks)
            return
        self._chunks.append(data)
        self._waiting += len(data)
        if self._waiting > WAITING_BYTES and not self.transport.is_closing():
            self.transport.pause_reading()

    def _work(self, handler: SocketHandler, chunks: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._handle(handler, chunks))

    async def _handle(self, handler: SocketHandler, chunks: list[bytes]) -> None:
        going_on = False
        try:
            going_on = await self._all(handler, chunks)
        finally:
            self._chunks = self._task = None
            if self._lost or not going_on:
                self._end()

    async def _all(self, handler: SocketHandler, chunks: list[bytes]) -> bool:
        """Whether more is wanted when all chunks were handled, those that came meanwhile too."""
        while chunks:
            waiting, size, self._waiting = chunks[:], self._waiting, 0
            chunks.clear()
            if size > WAITING_BYTES and not self.transport.is_closing():
                self.transport.resume_reading()
            for chunk in waiting:
                if not await self._chunk(handler, chunk):
                    return False
        return True

    async def _chunk(self, handler: SocketHandler, chunk: bytes) -> bool:
        try:
            for message in self._frames.feed(chunk):
                if not await handler.received(message):
                    return False
        except BrokenFrames as error:
            handler.broke(error.code)
            return False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._lost = True
        self.resume_writing()
        if self._chunks is None:
            self._end()

    def _end(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.ended()

    # -- what goes out ---------------------------------------------------------------------

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    async def drained(self) -> None:
        """Returns when the transport takes more, or is gone."""
        if self._drained is not None:
            await asyncio.shield(self._drained)
