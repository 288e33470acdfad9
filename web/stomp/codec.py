"""The frames of STOMP 1.1 and 1.2, out of bytes and into bytes.

https://stomp.github.io/stomp-specification-1.2.html. Stricter than the text where it lets a frame
mean two things: an unknown command, a header without name or colon, a carriage return that ends no
line, an unknown escape, a content-length that is no number or is given twice and different, are a
ProtocolError. Lines may end with CR LF in both versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chatstream.domain.stomp import CLIENT_COMMANDS, ProtocolError
from web.live.frames import header

HEAD_BYTES = 16 * 1024
HEADERS = 64
LATEST = "1.2"

_SHOWN = 32
_BEATS = re.compile(rb"(?:\r?\n)+")
_HEAD_END = re.compile(rb"\n\r?\n|\0")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CONTENT_LENGTH = "content-length"
# Their headers are not escaped, so that 1.0 understands them.
_CONNECTS = ("CONNECT", "STOMP")
_CHARACTERS: Mapping[str, Mapping[str, str]] = {
    "1.1": {"n": "\n", "c": ":", "\\": "\\"},
    "1.2": {"n": "\n", "c": ":", "\\": "\\", "r": "\r"},
}


@dataclass(frozen=True, slots=True)
class ClientFrame:
    """What a client sent; of a header that was given twice the first value counts."""

    command: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Head:
    command: str
    headers: Mapping[str, str]
    length: int | None


class FrameReader:
    """Frames out of the chunks of one connection, of at most `limit` bytes each.

    Heart-beats are passed over. Each byte is looked at once, however the chunks are cut. `version`
    is the one that was agreed on: it decides the escapes of the frames that follow.
    """

    __slots__ = ("_begin", "_body", "_buffer", "_head", "_limit", "_searched", "version")

    def __init__(self, limit: int) -> None:
        self.version = LATEST
        self._limit = limit
        self._buffer = bytearray()
        self._begin = 0
        self._searched = 0
        self._body = 0
        self._head: _Head | None = None

    def feed(self, chunk: bytes) -> Iterator[ClientFrame]:
        """The frames that the chunk completes; raises ProtocolError, after which it is over."""
        del self._buffer[: self._begin]
        self._searched -= self._begin
        self._body -= self._begin
        self._begin = 0
        self._buffer += chunk
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> ClientFrame | None:
        head = self._head or self._read_head()
        if head is None:
            return None
        end = self._end_of_body(head.length)
        self._check_size(self._begin, len(self._buffer) if end is None else end, self._limit)
        if end is None:
            return None
        frame = ClientFrame(head.command, head.headers, bytes(self._buffer[self._body : end]))
        self._begin = self._searched = end + 1
        self._head = None
        return frame

    def _read_head(self) -> _Head | None:
        buffer = self._buffer
        if beats := _BEATS.match(buffer, self._begin):
            self._begin = beats.end()
        # The end has up to three bytes: two of them may have been searched before.
        end = _HEAD_END.search(buffer, max(self._begin, self._searched - 2))
        stop = len(buffer) if end is None else end.start()
        self._check_size(self._begin, stop, min(HEAD_BYTES, self._limit))
        if end is None:
            self._searched = stop
            return None
        if buffer[stop] == 0:
            raise ProtocolError("a frame ended before the empty line after its headers")
        self._body = self._searched = end.end()
        self._head = _head_of(bytes(buffer[self._begin : stop]), self.version)
        if self._head.length is not None:
            self._check_size(self._begin, self._body + self._head.length, self._limit)
        return self._head

    def _end_of_body(self, length: int | None) -> int | None:
        """Where the NUL after the body is; None when it has not come."""
        buffer = self._buffer
        if length is None:
            end = buffer.find(0, self._searched)
            self._searched = len(buffer)
            return None if end < 0 else end
        end = self._body + length
        if end >= len(buffer):
            return None
        if buffer[end] != 0:
            raise ProtocolError("the body is longer than its content-length")
        return end

    def _check_size(self, begin: int, end: int, limit: int) -> None:
        if end - begin > limit:
            raise ProtocolError(f"a frame has at most {self._limit} bytes", too_large=True)


def _head_of(data: bytes, version: str) -> _Head:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ProtocolError("headers must be UTF-8") from None
    if "\r" in text:
        text = "\n".join(line.removesuffix("\r") for line in text.split("\n"))
    if "\r" in text:
        raise ProtocolError("a carriage return in a header is written \\r")
    command, *lines = text.split("\n")
    if command not in CLIENT_COMMANDS:
        raise ProtocolError(f"there is no client command {command[:_SHOWN]!r}")
    if len(lines) > HEADERS:
        raise ProtocolError(f"a frame has at most {HEADERS} headers")
    headers, length = _headers_of(lines, None if command in _CONNECTS else version)
    return _Head(command, headers, length)


def _headers_of(lines: list[str], version: str | None) -> tuple[Mapping[str, str], int | None]:
    """The headers and what the content-length says; `version` None: nothing is escaped."""
    headers: dict[str, str] = {}
    lengths: set[int] = set()
    for line in lines:
        name, colon, value = line.partition(":")
        if not name or not colon or (version is not None and ":" in value):
            raise ProtocolError("a header is name:value, with \\r, \\n, \\c and \\\\ escaped")
        if version is not None and "\\" in line:
            name, value = _unescaped(name, version), _unescaped(value, version)
        headers.setdefault(name, value)
        if name.lower() == _CONTENT_LENGTH:
            lengths.add(_length_of(value))
    if len(lengths) > 1:
        raise ProtocolError("content-length is given twice, and different")
    return headers, lengths.pop() if lengths else None


def _length_of(value: str) -> int:
    if not _LENGTH.fullmatch(value):
        raise ProtocolError("content-length must be a number of bytes")
    return int(value)


def _unescaped(text: str, version: str) -> str:
    characters = _CHARACTERS[version]

    def character(escape: re.Match[str]) -> str:
        if escape[1] not in characters:
            raise ProtocolError(f"there is no escape \\{escape[1]} in STOMP {version}")
        return characters[escape[1]]

    return _ESCAPE.sub(character, text)


def server_frame(command: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A frame of ours, its headers in the order of their names."""
    lines = b"".join(header(name, headers[name]) for name in sorted(headers))
    return command.encode() + b"\n" + lines + b"\n" + body + b"\0"
