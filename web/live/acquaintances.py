"""What is told to an account and to everybody on this front who shares a room with it.

Telling it a little late to somebody who has just left a room must give nothing away: only what is
public goes this way (a name: the search finds it), never what is said in a room.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from chatstream.ports.rooms import RoomReader
from web.edge.retrying import patiently
from web.live.accounts import AccountHub
from web.live.audience import Rooms, UserSubscription
from web.live.events import Body, for_user
from web.live.metrics import TO_ACCOUNTS

log = logging.getLogger(__name__)

WAITING = 1_000  # news that wait for the rooms of their accounts; older ones are dropped
_SPREAD = 200


class Acquaintances:
    """Tells one piece of news after the other, in order."""

    def __init__(self, reader: RoomReader, rooms: Rooms, accounts: AccountHub) -> None:
        self._reader = reader
        self._rooms = rooms
        self._accounts = accounts
        self._waiting: deque[tuple[str, Body]] = deque(maxlen=WAITING)
        self._work: asyncio.Task[None] | None = None

    def tell(self, account_id: str, body: Body) -> None:
        """Begin to tell it; the rooms of the account are read first."""
        if not self._accounts.is_empty:
            self._waiting.append((account_id, body))
            if self._work is None:
                self._work = asyncio.get_running_loop().create_task(self._tell_all())

    async def _tell_all(self) -> None:
        try:
            while self._waiting:
                await self._tell(*self._waiting.popleft())
        except Exception:
            log.exception("news of an account were not told; pages show them when read again")
        finally:
            self._work = None

    async def _tell(self, account_id: str, body: Body) -> None:
        room_ids = await patiently(lambda: self._reader.room_ids_of(account_id))
        listeners: dict[UserSubscription, None] = dict.fromkeys(self._accounts.of(account_id))
        for room_id in room_ids:
            room = self._rooms.get(room_id.encode())
            if room is not None:
                listeners.update(room.watchers)
        for number, listener in enumerate(listeners, start=1):
            listener.send(for_user(listener.user_id, body))
            if number % _SPREAD == 0:
                await asyncio.sleep(0)
        TO_ACCOUNTS.inc(len(listeners))

    def stop(self) -> None:
        """End the work that waits."""
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()
