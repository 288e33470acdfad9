"""A lane of the batching loop: one store's queue and the task that works through it."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar

from faust.types import EventT

from agents.loop.metrics import OLDEST, WAITING, LaneMetrics
from agents.loop.replays import taken_of
from chatstream.settings import BatchSettings
from infra.faust import held
from infra.faust.app import ChatStreamApp
from infra.pacing import Pace, Pacer

_CURRENT: ContextVar[Lane] = ContextVar("lane")


def goes_on() -> None:
    """The batch under way takes long, and gets on: whoever fills a large gap says so on the way."""
    lane = _CURRENT.get(None)
    if lane is not None:
        lane.excuse()


class Lane:
    """One store's queue and its worker task; `finish` gets its batches, one after another.

    `agent` is whose lane it is, for what is measured. `waits` while its last try was ended by an
    outage.

    Batches keep the `pace`, by records: a batch costs much the same whether it is small or large.
    After a full one the next begins at once.
    """

    def __init__(
        self,
        agent: str,
        name: str,
        app: ChatStreamApp,
        settings: BatchSettings,
        pace: Pace,
        finish: Callable[[str, Sequence[EventT]], Awaitable[None]],
    ) -> None:
        self.agent = agent
        self.name = name
        self.metrics = LaneMetrics(agent, name)
        self._app = app
        self._settings = settings
        self._pacer = Pacer(pace)
        self._finish = finish
        self._waiting: deque[EventT] = deque()
        self._paused: set[tuple[str, int]] = set()
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._batch: Sequence[EventT] = ()
        self.excused_at = -math.inf
        self.waits = False
        WAITING.watch(self)
        OLDEST.watch(self)
        self.task = asyncio.create_task(self._work(), name=f"lane-{name}")

    @property
    def busy(self) -> bool:
        """True while a batch is under way."""
        return bool(self._batch)

    @property
    def waiting(self) -> int:
        """Records that are in no batch yet."""
        return len(self._waiting)

    @property
    def oldest(self) -> float | None:
        """When the oldest record here was produced, in seconds since 1970; None: none, or unknown.

        Records of several partitions come one after another, so it is close to the oldest only.
        """
        held = self._batch or self._waiting
        return held[0].message.timestamp if held else None

    def excuse(self) -> None:
        """That nothing is acknowledged just now has a reason: `excused_at` is monotonic."""
        self.excused_at = time.monotonic()

    def put(self, event: EventT) -> None:
        """Queue a record; past the bound, fetching of its partition pauses."""
        self._waiting.append(event)
        self._arrived.set()
        if len(self._waiting) >= self._settings.lane_queue:
            self._has_room.clear()
            message = taken_of(event).message
            place = (message.topic, message.partition)
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
        _CURRENT.set(self)
        while True:
            await self._arrived.wait()
            await self._pacer.begin()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), size))]
            if not self._waiting:
                self._arrived.clear()
            self._pacer.held(len(batch) if len(batch) < size else 0)
            if batch:
                self._batch = batch
                await self._finish(self.name, batch)
                self._batch = ()
            if len(self._waiting) <= self._settings.lane_queue // 2:
                self._resume()

    def _resume(self) -> None:
        self._has_room.set()
        for place in self._paused:
            held.resume(self._app, *place)
        self._paused.clear()
