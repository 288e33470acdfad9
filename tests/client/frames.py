"""STOMP frames of a server, as the specification reads and not as the program under test does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

ESCAPES = {"\\r": "\r", "\\n": "\n", "\\c": ":", "\\\\": "\\"}


@dataclass(frozen=True)
class ServerFrame:
    """A frame; a heart-beat has no command."""

    command: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_heartbeat(self) -> bool:
        return not self.command

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def read_frame(data: bytes) -> ServerFrame:
    """The one frame that these bytes are."""
    if data == b"\n":
        return ServerFrame()
    head, _, rest = data.partition(b"\n\n")
    command, *lines = head.decode().split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, value = line.split(":")
        headers.setdefault(unescape(name), unescape(value))
    body, end = rest[:-1], rest[-1:]
    assert end == b"\0"
    assert len(body) == int(headers.get("content-length", len(body)))
    return ServerFrame(command, headers, body)


def unescape(text: str) -> str:
    out, place = "", 0
    while place < len(text):
        if text[place] == "\\":
            out += ESCAPES[text[place : place + 2]]
            place += 2
        else:
            out += text[place]
            place += 1
    return out


def escape(text: str) -> str:
    return "".join({char: pair for pair, char in ESCAPES.items()}.get(char, char) for char in text)
