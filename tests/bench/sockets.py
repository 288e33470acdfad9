"""A STOMP socket that costs its process little: it finds in a frame only what it counts."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import Protocol, cast

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_OPENED = b"HTTP/1.1 101"


class Owner(Protocol):
    """Who is told what a socket gets."""

    def on_message(self, seat: Seat, frame: bytes) -> None:
        """A MESSAGE frame."""

    def on_receipt(self, seat: Seat, receipt: bytes) -> None:
        """A RECEIPT with this id."""

    def on_closed(self, seat: Seat, reason: str) -> None:
        """The connection ended, or never began."""


def client_frame(payload: bytes, opcode: int = _TEXT) -> bytes:
    """A WebSocket frame from a client; its mask is zero, which leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class ToldToWait(ConnectionError):
    """The handshake was refused; `told` are the seconds after which to come again."""

    def __init__(self, reason: str, told: float) -> None:
        super().__init__(reason)
        self.told = told


class Seat(asyncio.Protocol):
    """One subscriber of one room; `opened` is done when its subscription is complete.

    `last` is the last `seq` it was shown, 0 before the first. `beat`: milliseconds between
    heart-beats both ways, which its owner sends; 0: none.
    """

    __slots__ = (
        "_beat",
        "_buffer",
        "_owner",
        "_token",
        "_transport",
        "last",
        "opened",
        "room",
        "shaken",
        "told",
    )

    def __init__(self, owner: Owner, token: str, room: str, beat: int = 0) -> None:
        self.room = room
        self.last = 0
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shaken = False
        self.told = 0.0
        self._beat = beat
        self._owner = owner
        self._token = token
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not declared to be asyncio's, though they are.
        self._transport = transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET /stomp/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: v12.stomp\r\n\r\n".encode()
        )

    def write(self, stomp: bytes) -> None:
        """Send a STOMP frame."""
        if self._transport is not None:
            self._transport.write(client_frame(stomp))

    def close(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if not self.shaken:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            self._shake(head)
        self._frames(data)

    def _shake(self, head: bytes) -> None:
        if not head.startswith(_OPENED):
            _, _, told = head.lower().partition(b"\r\nretry-after: ")
            self.told = float(told.split(b"\r\n")[0] or 0)
            self._fail(head.split(b"\r\n")[0].decode(errors="replace"))
            return
        self.shaken = True
        self.write(
            b"CONNECT\naccept-version:1.2\nhost:chat\nheart-beat:%d,%d\n"
            b"Authorization:Bearer %s\n\n\0" % (self._beat, self._beat, self._token.encode())
        )

    def _frames(self, data: bytes) -> None:
        position, size = 0, len(data)
        while size - position >= 2:
            length, start = data[position + 1], position + 2
            if length == 126:
                start += 2
                length = int.from_bytes(data[position + 2 : start], "big")
            elif length == 127:
                start += 8
                length = int.from_bytes(data[position + 2 : start], "big")
            end = start + length
            if end > size:
                break
            self._frame(data[position] & 0xF, data[start:end])
            position = end
        if position < size:
            self._buffer = data[position:]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if payload.startswith(b"MESSAGE"):
            self._owner.on_message(self, payload)
        elif payload.startswith(b"RECEIPT"):
            self._receipt(payload.partition(b"receipt-id:")[2].partition(b"\n")[0])
        elif payload.startswith(b"CONNECTED"):
            destination = f"/sub/chat/room/{self.room}"
            self.write(f"SUBSCRIBE\nid:0\ndestination:{destination}\nreceipt:0\n\n\0".encode())
        elif opcode == _PING and self._transport is not None:
            self._transport.write(client_frame(payload, _PONG))
        elif opcode == _CLOSE or payload.startswith(b"ERROR"):
            self._fail(payload[:200].decode(errors="replace"))

    def _receipt(self, receipt: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
        else:
            self._owner.on_receipt(self, receipt)

    def _fail(self, reason: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(ToldToWait(reason, self.told))
        self._owner.on_closed(self, reason)
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"the socket was closed: {exc}"))
