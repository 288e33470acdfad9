"""What clients send, as stompman's frames: its parser, stricter, and by whole lines and bodies.

stompman 3.16 takes single bytes (49 µs for a short frame, 0.65 ms for 4 KiB) and drops what it does
not understand. Here a line or a body is taken at once, and an unknown command, a broken header or
escape, a wrong content-length or a frame without end is a ProtocolError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stompman import AnyClientFrame, AnyServerFrame, FrameParser

from chatstream.domain.stomp import CLIENT_COMMANDS, ProtocolError

Parsed = AnyClientFrame | AnyServerFrame

_HEADERS = 64
_SHOWN = 32
_ESCAPED = re.compile(rb"(?:[^\\]|\\[nc\\])*")
_CONNECTS = (b"CONNECT", b"STOMP")


class ClientParser(FrameParser):
    """Frames out of chunks of one connection, of at most `limit` bytes each."""

    __slots__ = ("_limit", "_unfinished")

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._unfinished = 0

    def parse_frames_from_chunk(self, chunk: bytes) -> Iterator[Parsed]:
        """The frames that the chunk completes, heart-beats among them; raises ProtocolError."""
        position, counted = 0, 0
        while position < len(chunk):
            take = self._take_body if self._headers_processed else self._take_line
            position, found = take(chunk, position)
            if found:
                self._unfinished, counted = 0, position
                yield from found
        self._unfinished += len(chunk) - counted
        if self._unfinished > self._limit:
            raise ProtocolError(f"a frame has at most {self._limit} bytes", too_large=True)

    def _take_line(self, chunk: bytes, position: int) -> tuple[int, list[Parsed]]:
        stop = chunk.find(b"\n", position)
        part = chunk[position:] if stop < 0 else chunk[position:stop]
        if b"\0" in part:
            raise ProtocolError("a frame ended before the empty line after its headers")
        self._current_buf += part
        if stop < 0:
            return len(chunk), []
        self._previous_byte = bytes(self._current_buf[-1:])
        return stop + 1, list(self._handle_newline_byte())

    def _take_body(self, chunk: bytes, position: int) -> tuple[int, list[Parsed]]:
        length = self._content_length
        if length is None:
            stop = chunk.find(b"\0", position)
            self._current_buf += chunk[position:] if stop < 0 else chunk[position:stop]
            if stop < 0:
                return len(chunk), []
            return stop + 1, list(self._handle_null_byte())
        missing = length - len(self._current_buf)
        if missing > 0:
            self._current_buf += chunk[position : position + missing]
            return min(position + missing, len(chunk)), []
        if missing < 0 or chunk[position] != 0:
            raise ProtocolError("the body is longer than its content-length")
        return position + 1, list(self._handle_null_byte())

    def _process_command(self) -> None:
        command = bytes(self._current_buf)
        if not command:
            self._reset()
            return
        if command not in CLIENT_COMMANDS:
            shown = command[:_SHOWN].decode("ascii", "replace")
            raise ProtocolError(f"there is no client command {shown!r}")
        super()._process_command()

    def _process_header(self) -> None:
        line = bytes(self._current_buf)
        if not line:
            super()._process_header()
            return
        if len(self._headers) >= _HEADERS:
            raise ProtocolError(f"a frame has at most {_HEADERS} headers")
        if self._command not in _CONNECTS and (
            line.count(b":") != 1 or not _ESCAPED.fullmatch(line)
        ):
            raise ProtocolError("a header is name:value, with \\n, \\c and \\\\ escaped")
        if b"\\" in line or b":" not in line or not line.isascii():
            super()._process_header()
        else:
            self._keep_plain_header(line)

    def _keep_plain_header(self, line: bytes) -> None:
        """What stompman does with a header that has nothing to unescape; 1 µs instead of 15."""
        name, _, value = line.decode("ascii").partition(":")
        if name not in self._headers:
            self._headers[name] = value
            if name.lower() == "content-length" and value.isdecimal():
                self._content_length = int(value)
        self._current_buf = bytearray()
