"""What people change about themselves and their lists, to the `/sub/user` subscriptions here.

A new name is told to everybody on this front who shares a room with its account, and to the account
itself; a change of one's friends or blocks to one's own subscriptions alone. Names are public (the
search finds them), so telling one a little late to somebody who has just left a room gives nothing
away; what is said in a room never goes this way.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from chatstream.ports.rooms import RoomReader
from schemas.records import FriendFact, ProfileChanged
from web.accounts_hub import AccountHub
from web.audience import Rooms, UserSubscription
from web.patience import patiently
from web.stomp import events

log = logging.getLogger(__name__)

WAITING = 1_000  # new names that wait for the rooms of their accounts; older ones are dropped
_SPREAD = 200


class PeopleHub:
    """Tells of names and lists; a repeated fact is told once."""

    def __init__(self, reader: RoomReader, rooms: Rooms, accounts: AccountHub) -> None:
        self._reader = reader
        self._rooms = rooms
        self._accounts = accounts
        self._names: dict[int, int] = {}
        self._lists: dict[int, int] = {}
        self._waiting: deque[ProfileChanged] = deque(maxlen=WAITING)
        self._work: asyncio.Task[None] | None = None

    def on_account(self, partition: int, record: object) -> None:
        """A record of the accounts' RESPONSE topic."""
        if not isinstance(record, ProfileChanged):
            return
        if record.fact_no <= self._names.get(partition, 0):
            return
        self._names[partition] = record.fact_no
        if not self._accounts.is_empty:
            self._waiting.append(record)
            if self._work is None:
                self._work = asyncio.get_running_loop().create_task(self._tell_names())

    def on_friend(self, partition: int, record: object) -> None:
        """A record of the friends' RESPONSE topic."""
        if isinstance(record, FriendFact) and record.fact_no > self._lists.get(partition, 0):
            self._lists[partition] = record.fact_no
            self._accounts.tell(record.account_id, events.FriendsChanged())

    async def _tell_names(self) -> None:
        try:
            while self._waiting:
                await self._tell_name(self._waiting.popleft())
        except Exception:
            log.exception("a new name was not told; pages show it when they are read again")
        finally:
            self._work = None

    async def _tell_name(self, fact: ProfileChanged) -> None:
        body = events.NameChanged(user_id=fact.user_id, user_name=fact.name)
        room_ids = await patiently(lambda: self._reader.room_ids_of(fact.account_id))
        listeners: dict[UserSubscription, None] = dict.fromkeys(self._accounts.of(fact.account_id))
        for room_id in room_ids:
            room = self._rooms.get(room_id.encode())
            if room is not None:
                listeners.update(room.watchers)
        for number, listener in enumerate(listeners, start=1):
            listener.send(events.for_user(listener.user_id, body))
            if number % _SPREAD == 0:
                await asyncio.sleep(0)

    def stop(self) -> None:
        """End the work that waits."""
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()
