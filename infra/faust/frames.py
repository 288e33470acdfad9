"""Answers of a broker, each read in the turn of the loop in which its last bytes come.

aiokafka reads by a stream and a task of its own: a turn later, and two awaits and copies for each.
That task stays: it sees the end of the connection.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from struct import Struct
from typing import Any

from aiokafka.conn import CloseReason

log = logging.getLogger(__name__)

_SIZE = Struct(">i")


class Frames(asyncio.Protocol):
    """Gives a connection's frames to it, and tells `streams`, which it replaces, all else."""

    def __init__(self, conn: Any, streams: Any) -> None:
        self._conn = weakref.ref(conn)  # as aiokafka's task: whoever forgets to close frees it
        self._streams = streams
        self._held = bytearray()
        self._needed = _SIZE.size

    def data_received(self, data: bytes) -> None:
        """Take what has come, and hand on what is whole."""
        held = self._held
        held += data
        if len(held) < self._needed:
            return
        at = 0
        while (end := _end_of_frame(held, at)) <= len(held):
            self._hand_on(bytes(memoryview(held)[at + _SIZE.size : end]))
            at = end
        self._needed = end - at
        self._held = held[at:]

    def _hand_on(self, frame: bytes) -> None:
        conn = self._conn()
        if conn is None or conn._reader is None:
            return  # nobody waits for it any more
        try:
            conn._handle_frame(frame)
        except Exception as error:
            log.exception("an answer of %s:%s cannot be read", conn.host, conn.port)
            conn.close(reason=CloseReason.CONNECTION_BROKEN, exc=error)

    def eof_received(self) -> Any:
        """See asyncio.Protocol."""
        return self._streams.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._streams.connection_lost(exc)

    def pause_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self._streams.pause_writing()

    def resume_writing(self) -> None:
        """See asyncio.BaseProtocol."""
        self._streams.resume_writing()


def _end_of_frame(held: bytearray, at: int) -> int:
    """Where the frame at a place ends, as far as that is known."""
    if len(held) - at < _SIZE.size:
        return at + _SIZE.size
    size: int = _SIZE.unpack_from(held, at)[0]
    return at + _SIZE.size + max(size, 0)


def read_frames(conn: Any) -> None:
    """From now on the connection, on which no answer is under way, is read by frames; idempotent.

    One of which bytes have come already is left as it is, and one that is closed.
    """
    if conn._writer is None:
        return
    transport, streams = conn._writer.transport, conn._protocol
    if transport.get_protocol() is streams and not conn._reader._buffer:
        transport.set_protocol(Frames(conn, streams))
