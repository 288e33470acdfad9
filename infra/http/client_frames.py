"""What WebSocket clients send, out of the bytes of one connection (RFC 6455, 5 and 7).

No extension is spoken. A connection that has sent whole frames costs nothing here until it sends
again: there is no buffer until a frame comes in parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

_FINAL, _RESERVED, _MASK = 0x80, 0x70, 0x80
_CONTROL = 0x8
_KEY = 4
_MOST_OF_CONTROL = 125
PROTOCOL, BAD_DATA, TOO_BIG = 1002, 1007, 1009
_NEVER_SENT = frozenset({1004, 1005, 1006, 1015})


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = Opcode
_OPCODES = {int(each): each for each in Opcode}


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message, or a control frame; the data of a text is not checked to be UTF-8."""

    kind: Opcode
    data: bytes


class BrokenFrames(Exception):
    """The peer broke the protocol, or sent more than it may: close with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class ClientFrames:
    """Messages out of the chunks of one connection, of at most `limit` bytes each.

    Each byte is looked at a bounded number of times, however the chunks are cut.
    """

    __slots__ = ("_buffer", "_kind", "_limit", "_needed", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer: bytearray | None = None
        # Bytes that must be in the buffer before it is worth a look.
        self._needed = 0
        self._kind: Opcode | None = None
        self._parts: list[bytes] | None = None
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Received]:
        """What the chunk completes; raises BrokenFrames, after which it is over."""
        data: bytes | bytearray = chunk
        if self._buffer is not None:
            self._buffer += chunk
            if len(self._buffer) < self._needed:
                return
            data, self._buffer = self._buffer, None
        place = 0
        while (end := self._end_of_frame(data, place)) <= len(data):
            message = self._frame(data, place, end)
            place = end
            if message is not None:
                yield message
        if place < len(data):
            self._buffer = bytearray(memoryview(data)[place:])
            self._needed = end - place

    def _end_of_frame(self, data: bytes | bytearray, place: int) -> int:
        """Where the frame at `place` ends, or where as much of it ends as tells that."""
        head = place + 2
        if head > len(data):
            return head
        first, second = data[place], data[place + 1]
        self._check_head(first, second)
        size = second & ~_MASK
        extended = {126: 2, 127: 8}.get(size, 0)
        if extended:
            if head + extended > len(data):
                return head + extended
            size = int.from_bytes(data[head : head + extended])
        if not first & _CONTROL and self._size + size > self._limit:
            raise BrokenFrames(TOO_BIG, "the message is too large")
        return head + extended + _KEY + size

    def _check_head(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & _RESERVED or opcode not in _OPCODES:
            raise BrokenFrames(PROTOCOL, "there is no such frame")
        if not second & _MASK:
            raise BrokenFrames(PROTOCOL, "a client masks its frames")
        if opcode & _CONTROL:
            if not first & _FINAL or second & ~_MASK > _MOST_OF_CONTROL:
                raise BrokenFrames(PROTOCOL, "a control frame is short, and whole")
        elif (opcode == _CONTINUATION) is (self._kind is None):
            raise BrokenFrames(PROTOCOL, "a message goes on in continuations, and only so")

    def _frame(self, data: bytes | bytearray, place: int, end: int) -> Received | None:
        """The message that this frame completes."""
        kind = _OPCODES[data[place] & 0x0F]
        payload = _payload(data, place, end)
        if kind & _CONTROL:
            if kind is _CLOSE:
                _check_close(payload)
            return Received(kind, payload)
        if data[place] & _FINAL:
            return self._whole(kind, payload)
        if self._parts is None:
            self._kind, self._parts = kind, []
        self._parts.append(payload)
        # An empty part costs as well.
        self._size += max(len(payload), 1)
        return None

    def _whole(self, kind: Opcode, payload: bytes) -> Received:
        if self._parts is None or self._kind is None:
            return Received(kind, payload)
        self._parts.append(payload)
        message = Received(self._kind, b"".join(self._parts))
        self._kind, self._parts, self._size = None, None, 0
        return message


def _payload(data: bytes | bytearray, place: int, end: int) -> bytes:
    """The frame's payload without its mask."""
    start = place + 2 + {126: 2, 127: 8}.get(data[place + 1] & ~_MASK, 0) + _KEY
    masked = bytes(memoryview(data)[start:end])
    mask = bytes(data[start - _KEY : start])
    if mask == b"\0\0\0\0":
        return masked
    size = len(masked)
    key = (mask * (size // _KEY + 1))[:size]
    return (int.from_bytes(masked) ^ int.from_bytes(key)).to_bytes(size)


def _check_close(payload: bytes) -> None:
    """A close frame says nothing, or a code that may be sent and a reason in UTF-8."""
    if not payload:
        return
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or code in _NEVER_SENT or not (1000 <= code < 1016 or 3000 <= code < 5000):
        raise BrokenFrames(PROTOCOL, "there is no such close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise BrokenFrames(BAD_DATA, "a reason is UTF-8") from None
