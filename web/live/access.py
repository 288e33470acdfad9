"""Who may listen to a room: nothing stored after a removal reaches who was removed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.rooms import RoomReader
from schemas.records import MemberLeft, RoomDeleted
from web.edge.retrying import patiently
from web.live import rooms as shown
from web.live.accounts import AccountHub
from web.live.audience import Room, Rooms, RoomSubscription
from web.live.frames import Broadcast
from web.live.news import RoomRecord
from web.live.room_list import RoomList

PROOF_AGE = 1.0
_POLL = 0.05
_SPREAD = 200


class RoomAccess:
    """Ends the subscriptions of those who are no members, before anything is told to the others.

    `lag` tells the seconds since the tail has certainly read everything; from `PROOF_AGE` on
    nothing is delivered, since a removal may be among what was not read.
    """

    def __init__(
        self,
        reader: RoomReader,
        rooms: Rooms,
        accounts: AccountHub,
        room_list: RoomList,
        lag: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._rooms = rooms
        self._accounts = accounts
        self._room_list = room_list
        self._lag = lag

    def is_proven(self, room: Room, version: int) -> bool:
        """True when a record of this access version may be told to the room at once."""
        return version <= room.version and self._lag() < PROOF_AGE

    async def admit(self, room: Room, record: RoomRecord) -> None:
        """Returns when every listener may see the record; ends those who may not."""
        while self._lag() >= PROOF_AGE:  # noqa: ASYNC110 (the tail has no event for it)
            await asyncio.sleep(_POLL)
        version = record.access_version
        if isinstance(record, RoomDeleted):
            await self._end(room, shown.deleted(record))
        if isinstance(record, MemberLeft) and room.version == version - 1:
            self._expel(room, {record.member.account_id}, version)
            self._rooms.rise(room, version)
            return
        await self.check(room, version)

    async def check(self, room: Room, version: int) -> None:
        """Returns when every listener was a member at this access version; ends who was not."""
        if version <= room.version:
            return
        doubtful = {each.account_id for each in room.subscriptions if each.version < version}
        doubtful.update(watcher.account_id for watcher in room.watchers)
        if doubtful:
            found = await patiently(lambda: self._members(room.room_id, sorted(doubtful), version))
            if found is None:
                await self.end(room)
            else:
                known, members = found
                self._expel(room, doubtful - members, known)
        # Not to `known`: who came while we read was seen to be a member at `version` only.
        self._rooms.rise(room, version)

    async def _members(
        self, room_id: str, account_ids: Sequence[str], version: int
    ) -> tuple[int, set[str]] | None:
        """Who of them is a member, at `version` or later; None when the room is gone."""
        try:
            known, members = await self._reader.members_of(room_id, account_ids)
        except UserError as error:
            if error.code is not ErrorCode.ROOM_NOT_FOUND:
                raise
            return None
        if known < version:
            raise TransientFailure(f"read access version {known}, expected {version} or later")
        return known, members

    async def end(self, room: Room) -> None:
        """Reading has shown that the room is gone: the last frame to everybody."""
        await self._end(room, shown.gone(room.room_id))

    async def _end(self, room: Room, last: Broadcast) -> None:
        for number, subscription in enumerate(list(room.subscriptions), start=1):
            self._dismiss(room, subscription, last)
            if number % _SPREAD == 0:
                await asyncio.sleep(0)
        await self._accounts.end(room)
        self._room_list.forget(room)

    def _dismiss(self, room: Room, subscription: RoomSubscription, last: Broadcast) -> None:
        if subscription.version >= 0:
            subscription.send(last)
        self._rooms.leave(room, subscription)
        subscription.socket.forget(subscription.subscription_id)

    def _expel(self, room: Room, account_ids: set[str], version: int) -> None:
        for subscription in list(room.subscriptions):
            if subscription.account_id in account_ids and subscription.version < version:
                self._dismiss(room, subscription, shown.ended(room.room_id, subscription.user_id))
        self._accounts.expel(room, account_ids)
