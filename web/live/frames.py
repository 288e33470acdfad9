"""A MESSAGE as it goes to any number of sockets, encoded once.

For many subscribers it differs only in its subscription header, so everything else is encoded once,
and subscribers with the same subscription id share the very same bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

_TEXT = 0x81
_PLAIN = re.compile(r"[A-Za-z0-9/._,=@-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", ":": "\\c", "\r": "\\r"})
_encoder = msgspec.json.Encoder()


class Frame:
    """One STOMP frame (or heart-beat), as its own bytes and as a WebSocket text frame."""

    __slots__ = ("_websocket", "stomp")

    def __init__(self, stomp: bytes) -> None:
        self.stomp = stomp
        self._websocket = b""

    @property
    def websocket(self) -> bytes:
        """The whole WebSocket frame; unmasked, as a server's are."""
        if not self._websocket:
            self._websocket = websocket_text(self.stomp)
        return self._websocket


def websocket_text(payload: bytes) -> bytes:
    """A final, unmasked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def header(name: str, value: str) -> bytes:
    """One header line, its value escaped as STOMP 1.2 wants it; names are our own and need none."""
    if not _PLAIN.fullmatch(value):
        value = value.translate(_ESCAPES)
    return f"{name}:{value}\n".encode()


@lru_cache(maxsize=4096)
def subscription_header(subscription_id: str) -> bytes:
    """The header line that names the subscription; equal ids share one object."""
    return header("subscription", subscription_id)


class Broadcast:
    """One MESSAGE for any number of subscriptions."""

    __slots__ = ("_frames", "_rest")

    def __init__(self, destination: str, message_id: str, body: object) -> None:
        content = _encoder.encode(body)
        self._rest = b"".join(
            (
                header("destination", destination),
                header("message-id", message_id),
                b"content-type:application/json\ncontent-length:%d\n\n" % len(content),
                content,
                b"\0",
            )
        )
        self._frames: dict[bytes, Frame] = {}

    def frame(self, subscription: bytes) -> Frame:
        """The frame for a subscription header line; equal lines get the same object."""
        frame = self._frames.get(subscription)
        if frame is None:
            frame = Frame(b"MESSAGE\n" + subscription + self._rest)
            self._frames[subscription] = frame
        return frame
