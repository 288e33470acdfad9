"""A hub over a fake store, and sockets that keep what it sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chatstream.contexts import all_news
from schemas.records import MessageStored
from tests.fakes.changes import Changes
from tests.fakes.rooms import ROOM, FakeRooms
from web.live.audience import Room, RoomSubscription, UserSubscription
from web.live.frames import Frame, subscription_header
from web.live.hub import Hub
from web.live.news import News


@dataclass
class FakeSocket:
    """Keeps the bodies it is sent; while `drains` is not set its queue is long."""

    changes: Changes
    bodies: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    forgotten: list[str] = field(default_factory=list)
    drains: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.drains.set()

    def send(self, frame: Frame) -> None:
        self.bodies.append(json.loads(frame.stomp.partition(b"\n\n")[2][:-1]))
        self.changes.happened()

    def close(self, code: int, reason: str) -> None:
        self.code = code
        self.changes.happened()

    async def drained(self) -> None:
        await self.drains.wait()

    def forget(self, subscription_id: str) -> None:
        self.forgotten.append(subscription_id)
        self.changes.happened()

    @property
    def seqs(self) -> list[int]:
        return [body["seq"] for body in self.bodies if body["type"] == "message"]

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]


@dataclass
class Lag:
    """How far the tail is behind, in seconds, and how often the hub has asked."""

    changes: Changes
    seconds: float = 0.0
    asked: int = 0

    def read(self) -> float:
        self.asked += 1
        self.changes.happened()
        return self.seconds


@dataclass
class World:
    """A hub over a fake store."""

    rooms: FakeRooms
    hub: Hub
    lag: Lag
    changes: Changes

    async def until(self, condition: Callable[[], bool]) -> None:
        """See Changes: returns when the fakes are in that state."""
        await self.changes.until(condition)

    def subscription(self, account: str) -> tuple[FakeSocket, RoomSubscription]:
        socket = FakeSocket(self.changes)
        header = subscription_header("s")
        return socket, RoomSubscription(socket, (account, account), "s", header)

    async def listen(
        self,
        account: str,
        after: int | None = None,
        room_id: str = ROOM,
        rev: int | None = None,
    ) -> tuple[FakeSocket, Room, RoomSubscription]:
        socket, subscription = self.subscription(account)
        return socket, await self.hub.subscribe(room_id, subscription, after, rev), subscription

    async def watch(self, account: str) -> tuple[FakeSocket, UserSubscription]:
        socket = FakeSocket(self.changes)
        subscription = UserSubscription(socket, (account, account), subscription_header("u"))
        await self.hub.accounts.subscribe(subscription)
        return socket, subscription

    def say(self, account: str = "min", room_id: str = ROOM) -> MessageStored:
        return self.rooms.say(room_id, account)

    def tell(self, *records: object) -> None:
        for record in records:
            self.hub.tell(0, record)


def new_world(*more: News) -> World:
    """Told by what the program has, and by `more`."""
    changes = Changes()
    rooms, lag = FakeRooms(changes=changes), Lag(changes)
    rooms.create(ROOM, "min", "jun", "eve")
    return World(
        rooms, Hub(rooms, rooms, lag.read, patience=0.5, news=(*all_news(), *more)), lag, changes
    )
