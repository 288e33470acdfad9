"""Beginning to listen to a room: what was missed first, then live."""

from __future__ import annotations

from functools import partial

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.rooms import Access, RoomReader
from web.edge.retrying import patiently
from web.live import messages, reading
from web.live.audience import Room, Rooms, RoomSubscription
from web.live.changes import stored_change
from web.live.metrics import RECOVERED


class Subscribing:
    """Brings new subscriptions of rooms to the present."""

    def __init__(self, reader: RoomReader, rooms: Rooms, patience: float) -> None:
        self._reader = reader
        self._rooms = rooms
        self._patience = patience

    async def subscribe(
        self, room_id: str, subscription: RoomSubscription, after: int | None, rev: int | None
    ) -> Room:
        """See Hub.subscribe."""
        room = self._rooms.ensure(room_id)
        room.subscriptions[subscription] = None
        try:
            await self._recover(room, subscription, after, rev)
        except BaseException:
            self._rooms.leave(room, subscription)
            raise
        return room

    async def _recover(
        self, room: Room, subscription: RoomSubscription, after: int | None, rev: int | None
    ) -> None:
        while True:
            access = await self._read(room, subscription, after, rev)
            if after is None or after > access.room.head:
                after = access.room.head
            subscription.delivered = max(subscription.delivered, after)
            send_missing(subscription, access)
            RECOVERED.inc(len(access.changes) + len(access.missing.messages))
            after, rev = subscription.delivered, subscription.revised
            await subscription.socket.drained()
            _check_open(subscription)
            is_old = access.room.rev < room.since  # something lies between it and what came live
            if access.changed.has_more or access.missing.has_more or is_old:
                continue
            due, gap = subscription.release()
            for event in due:
                subscription.send(event)
            if not gap:
                self._go_live(room, subscription, access)
                return
            after, rev = subscription.delivered, subscription.revised

    def _go_live(self, room: Room, subscription: RoomSubscription, access: Access) -> None:
        if room.rev < 0:
            room.rev = room.since = access.room.rev
        if len(room.subscriptions) == 1 and not room.watchers:
            self._rooms.rise(room, subscription.version)
        if access.positions:
            subscription.send(reading.all_read(room.room_id, access.positions))

    async def _read(
        self, room: Room, subscription: RoomSubscription, after: int | None, rev: int | None
    ) -> Access:
        access = await patiently(
            partial(self._reader.subscribe, room.room_id, subscription.account_id, after, rev),
            within=self._patience,
        )
        _check_open(subscription)
        subscription.version = access.room.access_version
        return access


def send_missing(subscription: RoomSubscription, access: Access) -> None:
    """Send what the snapshot has, changes first, and count it.

    A client that is cut off goes on after the highest rev it saw, and messages have high ones: none
    is sent before every older change is. So a line may come before the message it stands behind.
    """
    changes = access.changes
    for change in changes:
        _, event = stored_change(change)
        subscription.send(event)
    if access.changed.has_more:
        subscription.revised = changes[-1].rev
        return
    subscription.revised = max(subscription.revised, access.room.rev)
    for stored in access.missing.messages:
        if subscription.advance(stored.seq):
            subscription.send(messages.message(stored))


def _check_open(subscription: RoomSubscription) -> None:
    if subscription.closed:
        raise UserError(ErrorCode.NOT_A_MEMBER, "the membership has ended")
