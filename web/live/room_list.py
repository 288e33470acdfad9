"""The room lists on open pages: what their lines show, told at most every half second."""

from __future__ import annotations

import asyncio

from web.live.audience import Room
from web.live.events import RoomChanged, for_user
from web.live.metrics import TO_ACCOUNTS

CHANGES_EVERY = 0.5  # seconds between two `roomChanged` of one room
_SPREAD = 200


class RoomList:
    """Gathers the changes of rooms and tells those who watch them."""

    def __init__(self) -> None:
        self._changed: dict[Room, RoomChanged] = {}
        self._flushing: asyncio.Task[None] | None = None

    def changed(self, room: Room, line: RoomChanged) -> None:
        """The room's line has changed; it is told as it is when it is told."""
        self._changed[room] = line.over(self._changed.get(room))
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._changed.pop(room, None)

    async def _flush(self) -> None:
        try:
            await asyncio.sleep(CHANGES_EVERY)
            changed, self._changed = self._changed, {}
            sent = 0
            for room, body in changed.items():
                for watcher in list(room.watchers):
                    watcher.send(for_user(watcher.user_id, body))
                    sent += 1
                    if sent % _SPREAD == 0:
                        await asyncio.sleep(0)
            TO_ACCOUNTS.inc(sent)
        finally:
            self._flushing = None
            if self._changed:
                self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def stop(self) -> None:
        """End the work that waits."""
        self._changed = {}
        if self._flushing is not None:
            self._flushing.cancel()
