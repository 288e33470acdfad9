"""A lane of the batching loop: one store's queue and the task that works through it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from faust.types import EventT

from chatstream.settings import BatchSettings
from infra.faust import held
from infra.faust.app import ChatStreamApp
from infra.pacing import Pace, Pacer


class Lane:
    """One store's queue and its worker task; `finish` gets its batches, one after another.

    Batches keep the `pace`, by records: a batch costs much the same whether it is small or large.
    After a full one the next begins at once.
    """

    def __init__(
        self,
        name: str,
        app: ChatStreamApp,
        settings: BatchSettings,
        pace: Pace,
        finish: Callable[[str, Sequence[EventT]], Awaitable[None]],
    ) -> None:
        self.name = name
        self.busy = False
        self._app = app
        self._settings = settings
        self._pacer = Pacer(pace)
        self._finish = finish
        self._waiting: deque[EventT] = deque()
        self._paused: set[tuple[str, int]] = set()
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.task = asyncio.create_task(self._work(), name=f"lane-{name}")

    def put(self, event: EventT) -> None:
        """Queue a record; past the bound, fetching of its partition pauses."""
        self._waiting.append(event)
        self._arrived.set()
        if len(self._waiting) >= self._settings.lane_queue:
            self._has_room.clear()
            place = (event.message.topic, event.message.partition)
            if place not in self._paused:
                self._paused.add(place)
                held.pause(self._app, *place)

    async def room(self) -> None:
        """Return when the queue is under its bound."""
        await self._has_room.wait()

    def forget(self) -> list[EventT]:
        """Take out what has not begun: unacknowledged, it comes again after the rebalance."""
        forgotten = list(self._waiting)
        self._waiting.clear()
        self._paused.clear()
        self._has_room.set()
        return forgotten

    async def _work(self) -> None:
        size = self._settings.size
        while True:
            await self._arrived.wait()
            await self._pacer.begin()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), size))]
            if not self._waiting:
                self._arrived.clear()
            self._pacer.held(len(batch) if len(batch) < size else 0)
            if batch:
                self.busy = True
                await self._finish(self.name, batch)
                self.busy = False
            if len(self._waiting) <= self._settings.lane_queue // 2:
                self._resume()

    def _resume(self) -> None:
        self._has_room.set()
        for place in self._paused:
            held.resume(self._app, *place)
        self._paused.clear()
