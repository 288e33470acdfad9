"""A STOMP socket over aiohttp: frames in and out, receipts, and subscriptions that recover."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.client.api import User
from tests.client.waiting import pause

SUBPROTOCOLS = ("v12.stomp",)


@dataclass(frozen=True)
class Frame:
    """A received frame."""

    command: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def encode(command: str, headers: dict[str, str], body: str = "") -> str:
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    return f"{command}\n{lines}\n{body}\0"


def decode(text: str) -> list[Frame]:
    frames = []
    for part in text.split("\0"):
        head, _, body = part.lstrip("\n").partition("\n\n")
        if head:
            command, *lines = head.split("\n")
            headers = dict(line.split(":", 1) for line in lines)
            frames.append(Frame(command, headers, body))
    return frames


class Closed(Exception):
    """The server closed the socket, or sent ERROR."""


class Socket:
    """One connection. `frames` gets every frame that no waiter took."""

    def __init__(self, user: User, on_message: Callable[[Frame], None] | None = None) -> None:
        self.user = user
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()
        self._on_message = on_message or self.frames.put_nowait
        self._receipts: dict[str, asyncio.Future[Frame]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    async def connect(self, **headers: str) -> Frame:
        """Handshake and CONNECT; the CONNECTED (or ERROR) frame."""
        await self.user.stay_logged_in()
        url = self.user.base_url.replace("http", "ws", 1) + "/stomp/chat"
        self._socket = await self.user.http.ws_connect(url, protocols=SUBPROTOCOLS)
        connect = {
            "accept-version": "1.2",
            "host": "chat",
            "heart-beat": "0,0",
            **self.user.authorization,
            **headers,
        }
        await self._socket.send_str(encode("CONNECT", connect))
        message = await self._socket.receive(timeout=20)
        if not isinstance(message.data, str | bytes):
            raise Closed(f"{message.type} {message.data}")
        data = message.data if isinstance(message.data, str) else message.data.decode()
        [frame] = decode(data)
        if frame.command == "CONNECTED":
            self._reader = asyncio.create_task(self._read())
        return frame

    @property
    def close_code(self) -> int | None:
        """With what the server closed it; None while it is open, or when it was cut off."""
        return None if self._socket is None else self._socket.close_code

    async def _read(self) -> None:
        if self._socket is None:
            raise TypeError("connect first")
        try:
            async for message in self._socket:
                data = message.data if isinstance(message.data, str) else message.data.decode()
                for frame in decode(data):
                    self._take(frame)
        finally:
            self.closed.set()
            for waiter in self._receipts.values():
                if not waiter.done():
                    waiter.set_exception(Closed("the socket closed"))

    def _take(self, frame: Frame) -> None:
        waiter = self._receipts.get(frame.headers.get("receipt-id", ""))
        if waiter is not None and not waiter.done():
            if frame.command == "RECEIPT":
                waiter.set_result(frame)
                return
            # It names the frame that it refuses, and ends the connection.
            waiter.set_exception(Closed(f"{frame.command}: {frame.headers.get('message')}"))
        if frame.command == "MESSAGE":
            self._on_message(frame)
        else:
            self.frames.put_nowait(frame)

    async def send(self, command: str, headers: dict[str, str], body: str = "") -> None:
        """Send a frame without waiting for anything."""
        if self._socket is None or self.closed.is_set():
            raise Closed("the socket is closed")
        await self._socket.send_str(encode(command, headers, body))

    async def ask(
        self, command: str, headers: dict[str, str], body: str = "", seconds: float = 20
    ) -> Frame:
        """Send a frame with a receipt and wait for the RECEIPT; TimeoutError or Closed."""
        receipt = uuid.uuid4().hex
        waiter = self._receipts[receipt] = asyncio.get_running_loop().create_future()
        try:
            await self.send(command, {**headers, "receipt": receipt}, body)
            async with asyncio.timeout(seconds):
                frame: Frame = await waiter
                return frame
        finally:
            self._receipts.pop(receipt, None)

    async def subscribe(self, destination: str, identity: str = "0", **headers: str) -> None:
        """SUBSCRIBE; returns when what follows is complete."""
        await self.ask("SUBSCRIBE", {"id": identity, "destination": destination, **headers})

    async def say(self, room_id: str, message_id: str, message: str, seconds: float = 20) -> None:
        """SEND; returns when the message is stored."""
        body = json.dumps({"messageId": message_id, "message": message})
        await self.ask("SEND", {"destination": f"/pub/chat/room/{room_id}"}, body, seconds)

    async def message(self, seconds: float = 20) -> Frame:
        """The next MESSAGE or ERROR."""
        async with asyncio.timeout(seconds):
            return await self.frames.get()

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader


@dataclass
class Listener:
    """A member's view of some rooms: reconnects for ever and recovers by `after` and `rev`.

    `seqs[room]` is every seq it was shown, in the order shown; `shown[room]` what each message says
    now by all it was told (None: deleted), with the rev of that; `closes` has the close code of
    each connection that was open.
    """

    user: User
    rooms: tuple[str, ...]
    seqs: dict[str, list[int]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    socket: Socket | None = None
    reconnects: int = 0
    closes: list[int | None] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.seqs = {room: [] for room in self.rooms}
        self.texts = {room: [] for room in self.rooms}
        self.revs = dict.fromkeys(self.rooms, 0)
        self.shown: dict[str, dict[int, tuple[int, str | None]]] = {room: {} for room in self.rooms}
        self.ready = asyncio.Event()

    def _show(self, frame: Frame) -> None:
        shown = frame.json
        if shown["type"] == "message":
            self.seqs[shown["roomId"]].append(shown["seq"])
            self.texts[shown["roomId"]].append(shown["message"])
        if shown["type"] in ("message", "edited", "deleted"):
            self._now(shown)
            self.changed.set()

    def _now(self, shown: Any) -> None:
        room, seq, rev = shown["roomId"], shown["seq"], shown["rev"]
        known, _ = self.shown[room].get(seq, (0, None))
        if rev > known:
            text = None if shown["deletedAt"] else shown["message"]
            self.shown[room][seq] = (rev, text)
        self.revs[room] = max(self.revs[room], rev)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            socket = Socket(self.user, self._show)
            try:
                if (await socket.connect()).command == "CONNECTED":
                    for number, room in enumerate(self.rooms):
                        after = str(self.seqs[room][-1]) if self.seqs[room] else "0"
                        rev = str(self.revs[room])
                        await socket.subscribe(
                            f"/sub/chat/room/{room}", str(number), after=after, rev=rev
                        )
                    self.socket = socket
                    self.ready.set()
                    await socket.closed.wait()
                    self.closes.append(socket.close_code)
            except (aiohttp.ClientError, TimeoutError, ConnectionError, Closed):
                pass
            finally:
                self.socket = None
                self.ready.clear()
                await socket.close()
            self.reconnects += 1
            await pause(0.2)

    async def until_says(
        self, room: str, texts: dict[int, str | None], seconds: float = 120
    ) -> None:
        """Wait until every message says what it should."""
        async with asyncio.timeout(seconds):
            while {seq: text for seq, (_, text) in self.shown[room].items()} != texts:
                self.changed.clear()
                await self.changed.wait()

    async def until_seen(self, room: str, seq: int, seconds: float = 120) -> None:
        """Wait until this seq was shown."""
        async with asyncio.timeout(seconds):
            while not self.seqs[room] or self.seqs[room][-1] < seq:
                self.changed.clear()
                await self.changed.wait()
