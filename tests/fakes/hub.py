"""A hub over a fake store, and sockets that keep what it sends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from schemas.records import MessageStored
from tests.fakes.rooms import ROOM, FakeRooms
from web.audience import Room, RoomSubscription, UserSubscription
from web.hub import Hub
from web.stomp.frames import Frame, subscription_header


@dataclass
class FakeSocket:
    """Keeps the bodies it is sent."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    forgotten: list[str] = field(default_factory=list)

    def send(self, frame: Frame) -> None:
        self.bodies.append(json.loads(frame.stomp.partition(b"\n\n")[2][:-1]))

    def close(self, code: int, reason: str) -> None:
        self.code = code

    async def drained(self) -> None:
        await asyncio.sleep(0)

    def forget(self, subscription_id: str) -> None:
        self.forgotten.append(subscription_id)

    @property
    def seqs(self) -> list[int]:
        return [body["seq"] for body in self.bodies if body["type"] == "message"]

    @property
    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies]


@dataclass
class World:
    """A hub over a fake store."""

    rooms: FakeRooms
    hub: Hub
    lag: list[float]

    def subscription(self, account: str) -> tuple[FakeSocket, RoomSubscription]:
        socket = FakeSocket()
        header = subscription_header("s")
        return socket, RoomSubscription(socket, (account, account), "s", header)

    async def listen(
        self, account: str, after: int | None = None, room_id: str = ROOM
    ) -> tuple[FakeSocket, Room, RoomSubscription]:
        socket, subscription = self.subscription(account)
        return socket, await self.hub.subscribe(room_id, subscription, after), subscription

    async def watch(self, account: str) -> tuple[FakeSocket, UserSubscription]:
        socket = FakeSocket()
        subscription = UserSubscription(socket, (account, account), subscription_header("u"))
        await self.hub.accounts.subscribe(subscription)
        return socket, subscription

    def say(self, account: str = "min", room_id: str = ROOM) -> MessageStored:
        return self.rooms.say(room_id, account)

    def tell(self, *records: object) -> None:
        for record in records:
            if isinstance(record, MessageStored):
                self.hub.on_message(0, record)
            else:
                self.hub.on_room(0, record)


def new_world() -> World:
    rooms, lag = FakeRooms(), [0.0]
    rooms.create(ROOM, "min", "jun", "eve")
    return World(rooms, Hub(rooms, lambda: lag[0], patience=0.5), lag)
