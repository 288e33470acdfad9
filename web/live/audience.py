"""Who listens on this front: subscriptions of rooms and of accounts, and the rooms they are in."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol, TypeAlias

from chatstream.domain.subscriptions import Cursor
from web.live.frames import Broadcast, Frame
from web.live.metrics import TO_ROOMS
from web.live.news import RoomRecord


class Socket(Protocol):
    """Where frames go: one connection, whatever carries it."""

    def send(self, frame: Frame) -> None:
        """Queue a frame; never blocks or raises; closes the connection when its queue is full."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection with a WebSocket close code."""
        ...

    async def drained(self) -> None:
        """Returns when the queue is short again, or the connection is gone."""
        ...

    def forget(self, subscription_id: str) -> None:
        """The hub has ended this subscription."""
        ...


class RoomSubscription(Cursor[Broadcast]):
    """One subscription of a room's messages.

    `version` is the access version at which its account was last seen to be a member (-1: not yet).
    """

    __slots__ = ("account_id", "header", "socket", "subscription_id", "user_id", "version")

    def __init__(
        self, socket: Socket, account: tuple[str, str], subscription_id: str, header: bytes
    ) -> None:
        super().__init__()
        self.socket = socket
        self.account_id, self.user_id = account
        self.subscription_id = subscription_id
        self.header = header
        self.version = -1

    def send(self, event: Broadcast) -> None:
        """Send an event that is due, and count it; who sends to many counts them together."""
        self.socket.send(event.frame(self.header))
        TO_ROOMS.inc()


class UserSubscription:
    """One subscription of what concerns an account, and the rooms that account is in.

    Until `load` the rooms are not known; joins and leaves that come meanwhile are kept.
    """

    __slots__ = ("account_id", "early", "header", "rooms", "socket", "user_id")

    def __init__(self, socket: Socket, account: tuple[str, str], header: bytes) -> None:
        self.socket = socket
        self.account_id, self.user_id = account
        self.header = header
        self.rooms: set[str] = set()
        self.early: list[tuple[str, bool]] | None = []

    def send(self, event: Broadcast) -> None:
        """Send an event."""
        self.socket.send(event.frame(self.header))

    def load(self, room_ids: set[str]) -> None:
        """The rooms as read from the store, then what came while they were read, in order."""
        self.rooms = room_ids
        for room_id, member in self.early or ():
            if member:
                self.rooms.add(room_id)
            else:
                self.rooms.discard(room_id)
        self.early = None


Subscribed: TypeAlias = "tuple[Room, RoomSubscription] | RoomSubscription | UserSubscription"
"""What a connection holds; a subscription of a room without it is still being made."""


class Room:
    """One room that somebody on this front listens to.

    `version`: every live listener was a member at this access version or later. `rev`: every live
    listener was told every fact of its messages from after `since` up to this one (-1: nobody
    is live and nothing was told yet). `queue` holds, in order, the records that wait for `task`.
    """

    __slots__ = (
        "key",
        "queue",
        "rev",
        "risen",
        "room_id",
        "since",
        "subscriptions",
        "task",
        "version",
        "watchers",
    )

    def __init__(self, room_id: str) -> None:
        self.room_id = room_id
        self.key = room_id.encode()
        self.version = 0
        self.rev = -1
        self.since = 0
        self.risen = 0
        self.subscriptions: dict[RoomSubscription, None] = {}
        self.watchers: dict[UserSubscription, None] = {}
        self.queue: deque[RoomRecord] = deque()
        self.task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """True when nobody listens and nothing is under way."""
        return not (self.subscriptions or self.watchers or self.task)


class Rooms:
    """The rooms somebody listens to, by the raw key of their records."""

    def __init__(self) -> None:
        self._rooms: dict[bytes, Room] = {}
        self._changes = 0

    def get(self, key: bytes) -> Room | None:
        """The room, when somebody listens."""
        return self._rooms.get(key)

    def ensure(self, room_id: str) -> Room:
        """The room, made when it is not there."""
        key = room_id.encode()
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(room_id)
        return room

    def release(self, room: Room) -> None:
        """Forget the room when it is idle."""
        if room.idle and self._rooms.get(room.key) is room:
            del self._rooms[room.key]

    def leave(self, room: Room, subscription: RoomSubscription) -> None:
        """Nothing more goes to this subscription; harmless when it has ended."""
        subscription.close()
        room.subscriptions.pop(subscription, None)
        self.release(room)

    @property
    def mark(self) -> int:
        """Grows with every rise of an access version; compare with `Room.risen`."""
        return self._changes

    def rise(self, room: Room, version: int) -> None:
        """All listeners of the room are members at this version."""
        if version > room.version:
            self._changes += 1
            room.version = version
            room.risen = self._changes

    def all(self) -> list[Room]:
        """Every room, for the shutdown."""
        return list(self._rooms.values())
