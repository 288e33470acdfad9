"""What the server sends besides MESSAGE: STOMP frames, and the control frames of WebSocket."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chatstream.domain.stomp import Beats
from chatstream.errors import UserError
from web.explaining import envelope
from web.i18n import BROKEN_STOMP
from web.live.frames import Frame, header
from web.stomp import codec

_CLOSE, _PONG = 0x88, 0x8A
_REASON = 123
_BROKEN = "PROTOCOL_ERROR"
_encoder = msgspec.json.Encoder()

PING = b"\x89\x00"
HEARTBEAT = Frame(b"\n")


def close_frame(code: int, reason: str) -> bytes:
    """A WebSocket close frame; its reason is cut where the protocol wants it."""
    payload = code.to_bytes(2, "big") + reason.encode()[:_REASON].decode(errors="ignore").encode()
    return bytes((_CLOSE, len(payload))) + payload


def pong_frame(payload: bytes) -> bytes:
    """The WebSocket answer to a ping, whose payload has at most 125 bytes."""
    return bytes((_PONG, len(payload))) + payload


def connected(version: str, beats: Beats) -> Frame:
    """The answer to CONNECT; heart-beats in milliseconds, "we send, we expect"."""
    agreed = f"{round(beats.send * 1000)},{round(beats.expect * 1000)}"
    # Not escaped: neither has a character that would be.
    return Frame(codec.server_frame("CONNECTED", {"version": version, "heart-beat": agreed}))


def receipt(receipt_id: str) -> Frame:
    """The frame with that number is done."""
    return Frame(b"RECEIPT\n" + header("receipt-id", receipt_id) + b"\n\0")


def error(fault: UserError, receipt_id: str | None, language: str) -> Frame:
    """The last frame of a connection: code and reason, and as body the error envelope.

    The header `message` is English, for logs and developers; the body is for `language`.
    """
    return _error(str(fault.code), fault.reason, envelope(fault, language), receipt_id)


def protocol_error(text: str, receipt_id: str | None, language: str) -> Frame:
    """As `error`, for a peer that broke STOMP; names the versions we speak."""
    shown = {"code": _BROKEN, "message": BROKEN_STOMP[language], "details": {}}
    return _error(_BROKEN, text, {"error": shown}, receipt_id, version="1.1,1.2")


def _error(
    code: str, reason: str, told: Mapping[str, object], receipt_id: str | None, **more: str
) -> Frame:
    body = _encoder.encode(told)
    headers = {
        "message": f"{code}: {reason}" if reason else code,
        "content-type": "application/json",
        "content-length": str(len(body)),
        **more,
    }
    if receipt_id:
        headers["receipt-id"] = receipt_id
    return Frame(codec.server_frame("ERROR", headers, body))
