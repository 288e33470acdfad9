"""A STOMP front on loopback over fakes, and a small client for it."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from chatstream.contexts import all_news
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from chatstream.settings import LimitSettings
from infra.http.server import Runner
from schemas import codec
from schemas.records import MessageRefused, MoveReadPosition, MoveRefused, SendMessage
from tables.followed.mutes import Mutes
from tests.client.frames import ServerFrame, read_frame
from tests.fakes.changes import DEADLINE, Changes
from tests.fakes.rooms import ROOM, FakeRooms
from tests.fakes.wishes import FakeWishes
from web.edge.rates import MessageRates
from web.live.hub import Hub
from web.mutes import Muting
from web.reading import ReadMoves
from web.stomp.endpoint import PATH, register
from web.stomp.handshake import Handshake
from web.stomp.ports import StompPorts
from web.stomp.session import Session
from web.stomp.sockets import Sockets
from web.typing_signals import TypingSignals

ORIGIN = "http://chat.test"
TOPIC = f"/sub/chat/room/{ROOM}"


class FakeAuthenticator:
    """The token is the account; `expires` by account, an unknown one lives long."""

    def __init__(self) -> None:
        self.expires: dict[str, float] = {}

    def recognise(self, token: str) -> Caller:
        return self.authenticate(token)

    def authenticate(self, token: str) -> Caller:
        if not token or token == "bad":
            raise UserError(ErrorCode.NOT_AUTHENTICATED, "the token is not valid")
        expires = self.expires.get(token, time.time() + 600)
        return Caller(token, token, token, f"sid-{token}", expires)  # type: ignore[arg-type]


class _Typing:
    """A producer whose typing records come straight back to the hub, as from the tail."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.producer = self
        self.conf = SimpleNamespace(topic_partitions=8)

    async def send(self, topic: str, *parts: Any) -> asyncio.Future[None]:
        self.hub.tell(0, codec.decode(topic, parts[1]))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass
class Front:
    """One running front."""

    rooms: FakeRooms
    wishes: FakeWishes
    hub: Hub
    sockets: Sockets
    authenticator: FakeAuthenticator
    url: str
    http: ClientSession
    runner: Runner
    lag: list[float]
    changes: Changes
    mutes: Mutes
    refusal: MessageRefused | MoveRefused | UserError | None = None

    def judge(self, wish: object) -> object:
        """Store the message or position, tell the hub, as the agent and the tail would."""
        if isinstance(self.refusal, UserError):
            raise self.refusal
        if self.refusal is not None:
            return self.refusal
        if isinstance(wish, MoveReadPosition):
            moved = self.rooms.read(wish.room_id, wish.account_id, wish.seq, wish.request_id)
            self.hub.tell(0, moved)
            return moved
        assert isinstance(wish, SendMessage)
        record = self.rooms.say(wish.room_id, wish.account_id, wish.message)
        self.hub.tell(0, record)
        return record

    async def until(self, condition: Callable[[], bool]) -> None:
        """See Changes: returns when the fakes are in that state."""
        await self.changes.until(condition)

    def sessions(self) -> list[Session]:
        """The open connections, connected or not."""
        return [each for each in self.sockets.connections() if isinstance(each, Session)]

    def session_of(self, account: str) -> Session:
        """The one connected session of the account."""
        (session,) = [
            each
            for each in self.sessions()
            if each.caller is not None and each.caller.account_id == account
        ]
        return session

    async def open(self, *protocols: str, **headers: str) -> Client:
        return Client(await self.http.ws_connect(self.url, headers=headers, protocols=protocols))

    async def connect(self, account: str, *protocols: str, **frame_headers: str) -> Client:
        client = await self.open(*protocols)
        headers = {"accept-version": "1.2", "Authorization": f"Bearer {account}", **frame_headers}
        await client.send("CONNECT", headers)
        client.connected = await client.expect(b"CONNECTED")
        return client


@asynccontextmanager
async def running_front(**limits: Any) -> AsyncIterator[Front]:
    """A front on a free port of loopback."""
    settings = LimitSettings(**limits)
    changes, lag = Changes(), [0.0]
    rooms = FakeRooms(changes=changes)
    hub = Hub(rooms, rooms, lambda: lag[0], patience=0.5, news=all_news())
    sockets, authenticator = Sockets(settings), FakeAuthenticator()
    front_of: list[Front] = []
    wishes = FakeWishes(lambda wish: front_of[0].judge(wish), changes)  # noqa: PLW0108 (made below)
    rates = MessageRates(settings)
    mutes = Mutes()
    ports = StompPorts(
        hub,
        wishes,
        authenticator,
        rates,
        ReadMoves(wishes, rates),
        TypingSignals(_Typing(hub), rooms),
        settings,
        sockets,
        Muting(mutes, rooms),
    )
    app = web.Application(middlewares=[_envelope])
    register(
        app,
        ports,
        Handshake(
            listed=lambda request: request.headers.get("Origin") == ORIGIN,
            cookie_token=lambda request: request.cookies.get("access"),
            address_of=lambda request: request.headers.get("X-Address", "127.0.0.1"),
            login_of=lambda request: (
                authenticator.authenticate(request.cookies.get("access", "")).sid
            ),
        ),
    )
    runner = Runner(app, shutdown_timeout=5.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession() as http:
        front = Front(
            rooms, wishes, hub, sockets, authenticator, f"http://127.0.0.1:{port}{PATH}", http,
            runner, lag, changes, mutes,
        )  # fmt: skip
        front_of.append(front)
        try:
            yield front
        finally:
            await http.close()
            await runner.cleanup()
            await hub.stop()


@web.middleware
async def _envelope(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
    except UserError as error:
        wait = error.retry_after
        headers = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
        body = {"error": {"code": str(error.code)}}
        return web.json_response(body, status=error.status, headers=headers)
    return response


@dataclass
class Client:
    """A STOMP client that reads one frame at a time."""

    ws: ClientWebSocketResponse
    frames: list[ServerFrame] = field(default_factory=list)
    connected: dict[str, str] = field(default_factory=dict)

    async def send(
        self, command: str, headers: dict[str, str] | None = None, body: str = ""
    ) -> None:
        lines = "".join(f"{name}:{value}\n" for name, value in (headers or {}).items())
        await self.ws.send_str(f"{command}\n{lines}\n{body}\0")

    async def frame(self) -> ServerFrame:
        """The next frame; heart-beats too."""
        async with asyncio.timeout(DEADLINE):
            while not self.frames:
                message = await self.ws.receive()
                if message.type is not WSMsgType.TEXT:
                    raise ConnectionError(f"closed with {self.ws.close_code}")
                self.frames.append(read_frame(message.data.encode()))
        return self.frames.pop(0)

    async def expect(self, command: bytes) -> dict[str, str]:
        """The headers of the next frame that is no heart-beat; it must have this command."""
        frame = await self.frame()
        while frame.is_heartbeat:
            frame = await self.frame()
        assert frame.command.encode() == command, frame
        return dict(frame.headers)

    async def message(self) -> dict[str, Any]:
        """The body of the next frame, which must be a MESSAGE."""
        frame = await self.frame()
        while frame.is_heartbeat:
            frame = await self.frame()
        assert frame.command == "MESSAGE", frame
        body: dict[str, Any] = frame.json
        return body

    async def error(self) -> tuple[str, int | None]:
        """The code of an ERROR, which must be next, and the close code after it."""
        frame = await self.frame()
        while frame.command != "ERROR":
            assert frame.command in ("", "RECEIPT"), frame
            frame = await self.frame()
        code: str = frame.json["error"]["code"]
        return code, await self.closed()

    async def closed(self) -> int | None:
        """The close code, when nothing but heart-beats comes before it."""
        async with asyncio.timeout(DEADLINE):
            message = await self.ws.receive()
            while message.type is WSMsgType.TEXT:
                message = await self.ws.receive()
        return self.ws.close_code

    async def rest(self) -> tuple[list[int], int | None]:
        """The seqs of all messages up to the end of the connection, and the close code."""
        seqs: list[int] = []
        try:
            while True:
                seqs.append((await self.message())["seq"])
        except ConnectionError:
            return seqs, self.ws.close_code

    async def subscribe(self, destination: str, subscription_id: str = "s", **more: str) -> None:
        headers = {"id": subscription_id, "destination": destination, "receipt": "sub", **more}
        await self.send("SUBSCRIBE", headers)

    async def subscribed(
        self, destination: str, subscription_id: str = "s", **more: str
    ) -> list[dict[str, Any]]:
        """Subscribe and wait for the receipt; the bodies that came before it."""
        await self.subscribe(destination, subscription_id, **more)
        bodies: list[dict[str, Any]] = []
        while True:
            frame = await self.frame()
            if frame.command == "RECEIPT":
                return bodies
            if frame.command == "MESSAGE":
                bodies.append(frame.json)
            else:
                assert frame.is_heartbeat, frame

    async def say(
        self, room_id: str, message_id: str, text: str = "hi", receipt: str = "r"
    ) -> None:
        body = json.dumps({"messageId": message_id, "message": text})
        headers = {"destination": f"/pub/chat/room/{room_id}", "receipt": receipt}
        await self.send("SEND", headers, body)
