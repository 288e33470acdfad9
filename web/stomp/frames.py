"""What the server sends, encoded once: STOMP frames and the WebSocket frames around them.

A MESSAGE for many subscribers differs only in its subscription header, so everything else is
encoded once, and subscribers with the same subscription id share the very same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from chatstream.domain.stomp import Beats
from chatstream.errors import UserError
from web.stomp import codec

_TEXT = 0x81
_CLOSE = 0x88
_REASON = 123
_PLAIN = re.compile(r"[A-Za-z0-9/._,=@-]*")
_encoder = msgspec.json.Encoder()

PING = b"\x89\x00"


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


def close_frame(code: int, reason: str) -> bytes:
    """A WebSocket close frame; its reason is cut where the protocol wants it."""
    payload = code.to_bytes(2, "big") + reason.encode()[:_REASON].decode(errors="ignore").encode()
    return bytes((_CLOSE, len(payload))) + payload


HEARTBEAT = Frame(b"\n")


def header(name: str, value: str) -> bytes:
    """One header line, escaped where it must be."""
    if _PLAIN.fullmatch(value):
        return f"{name}:{value}\n".encode()
    return codec.header(name, value)


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


def connected(version: str, beats: Beats) -> Frame:
    """The answer to CONNECT; heart-beats in milliseconds, "we send, we expect"."""
    agreed = f"{round(beats.send * 1000)},{round(beats.expect * 1000)}"
    # Not escaped: neither has a character that would be.
    return Frame(codec.server_frame("CONNECTED", {"version": version, "heart-beat": agreed}))


def receipt(receipt_id: str) -> Frame:
    """The frame with that number is done."""
    return Frame(b"RECEIPT\n" + header("receipt-id", receipt_id) + b"\n\0")


def error(fault: UserError, receipt_id: str | None) -> Frame:
    """The last frame of a connection: code and reason, and as body the error envelope."""
    return _error(str(fault.code), fault.reason, fault.details, receipt_id)


def protocol_error(text: str, receipt_id: str | None) -> Frame:
    """As `error`, for a peer that broke STOMP; names the versions we speak."""
    return _error("PROTOCOL_ERROR", text, {}, receipt_id, version="1.1,1.2")


def _error(
    code: str, reason: str, details: Mapping[str, object], receipt_id: str | None, **more: str
) -> Frame:
    shown = {"code": code, "message": reason or code, "details": details}
    body = _encoder.encode({"error": shown})
    headers = {
        "message": f"{code}: {reason}" if reason else code,
        "content-type": "application/json",
        "content-length": str(len(body)),
        **more,
    }
    if receipt_id:
        headers["receipt-id"] = receipt_id
    return Frame(codec.server_frame("ERROR", headers, body))
