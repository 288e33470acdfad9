"""Frames of WebSocket clients must be masked (RFC 6455, 5.1); aiohttp takes others too."""

from __future__ import annotations

from typing import Protocol

_MASK = 0x80
_KEY = 4
# With the reserved bits set: what reads it fails the connection with 1002, as 5.1 asks.
_REFUSED = b"\xf0\x80"


class Reader(Protocol):
    """What aiohttp gives the bytes of a WebSocket to."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take them; True when no more are wanted."""
        ...

    def feed_eof(self) -> None:
        """There are no more."""
        ...


class MaskedOnly:
    """A reader before aiohttp's: it passes bytes on up to the first frame without a mask.

    Only the heads of frames are looked at. In the place of that frame the reader behind gets one
    that it refuses; nothing after it counts.
    """

    def __init__(self, behind: Reader) -> None:
        self._behind = behind
        # A first byte of a head that came alone; what came of the head since; bytes until the next.
        self._held = b""
        self._head = b""
        self._ahead = 0

    def feed_eof(self) -> None:
        """See `Reader`."""
        self._behind.feed_eof()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """See `Reader`; the chunks may be cut anywhere."""
        data, self._held = self._held + bytes(data), b""
        bad = self._first_bad(data)
        if bad is not None:
            return self._behind.feed_data(data[:bad] + _REFUSED)
        if self._held:
            data = data[:-1]
        return self._behind.feed_data(data)

    def _first_bad(self, data: bytes) -> int | None:
        """Where a frame without a mask begins."""
        position, size = self._ahead, len(data)
        while position < size:
            if not self._head:
                if position + 1 == size:
                    self._held, position = data[position:], size
                    break
                if not data[position + 1] & _MASK:
                    return position
            missing = _size_of(self._head or data[position : position + 2]) - len(self._head)
            self._head += data[position : position + missing]
            position += missing
            if position <= size:
                position += _KEY + _payload(self._head)
                self._head = b""
        self._ahead = 0 if self._head or self._held else position - size
        return None


def _size_of(head: bytes) -> int:
    """The bytes of a head up to its mask, of which the first two are here."""
    return {126: 4, 127: 10}.get(head[1] & ~_MASK, 2)


def _payload(head: bytes) -> int:
    return int.from_bytes(head[2:]) if len(head) > 2 else head[1] & ~_MASK
