"""Ends a worker that holds records and does not get on; who supervises it starts it anew.

Two watch: a task on the event loop asks the broker where the worker is, and a thread sees whether
the event loop still turns. Neither acknowledges anything: what was under way is delivered again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from typing import NoReturn

from aiokafka.errors import KafkaError
from mode import Service
from prometheus_client import Counter

from agents.loop.batching import BatchLoop, end_process
from agents.loop.lane import Lane
from chatstream.domain.lag.standstill import Standstill, may_end
from infra.faust.app import ChatStreamApp
from infra.faust.positions import positions
from infra.restarts import RestartFile

log = logging.getLogger(__name__)

EXIT_STANDSTILL = 78
ANSWER_WITHIN = 10.0
"""Seconds for the broker to say where the partitions end."""
_LOOKS = 12
_TICK = 1.0

RESTARTS = Counter(
    "chatstream_standstill_restarts", "times that this worker ended itself since it stood still"
)


class StandstillWatch(Service):
    """Looks a dozen times in `patience` seconds; `pause` is the least time between two ends.

    `die` gets an exit code and never returns.
    """

    def __init__(
        self,
        app: ChatStreamApp,
        restarts: RestartFile,
        *,
        patience: float,
        pause: float,
        die: Callable[[int], NoReturn] = end_process,
    ) -> None:
        super().__init__()
        self._app_of = app
        self._restarts = restarts
        self._patience = patience
        self._pause = pause
        self._die = die
        self._rule = Standstill(patience)
        self._told = -pause
        self._beats = 0
        self._over = threading.Event()

    async def on_start(self) -> None:
        """Tell how often it was, and begin to watch the event loop."""
        RESTARTS.inc(self._restarts.read().count)
        # In this context: its lines are of the same service.
        threading.Thread(
            target=copy_context().run, args=(self._watch_loop,), name="standstill", daemon=True
        ).start()

    async def on_stop(self) -> None:
        """End the thread."""
        self._over.set()

    @Service.task
    async def _look_on(self) -> None:
        while not self.should_stop:
            self._beats += 1
            await self.look()
            await self.sleep(self._patience / _LOOKS)

    async def look(self) -> None:
        """Look once, and end the process if that is called for."""
        if not self._app_of.serving:
            self._rule.forget()
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                held = await positions(self._app_of)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("positions are not known: %s", type(error).__name__)
            self._rule.forget()
            return
        stuck = self._rule.look(time.monotonic(), held, is_excused=self._is_excused())
        if stuck:
            places = ", ".join(f"{topic}-{number}" for topic, number in stuck[:5])
            self._end(f"{len(stuck)} partitions stand still: {places}")

    def _is_excused(self) -> bool:
        since = time.monotonic() - self._patience
        return any(lane.excused_at > since for lane in self._lanes())

    def _lanes(self) -> Iterable[Lane]:
        loops: Sequence[object] = self._app_of.loops
        return (
            lane for each in loops if isinstance(each, BatchLoop) for lane in each.lanes.values()
        )

    def _watch_loop(self) -> None:
        """Count own ticks: while the whole process was stopped, none went by here either."""
        beats, ticks = self._beats, 0
        while not self._over.wait(_TICK):
            beats, ticks = self._beats, ticks + 1 if beats == self._beats else 0
            if ticks * _TICK >= self._patience + ANSWER_WITHIN:
                ticks = 0
                self._end("the event loop does not turn")

    def _end(self, why: str) -> None:
        now = time.time()
        if not may_end(self._restarts.read().ended, now, self._pause):
            if time.monotonic() - self._told >= self._patience:
                self._told = time.monotonic()
                log.error("%s; ended for that a moment ago, so it goes on", why)
            return
        log.error("%s, ending", why)
        self._restarts.note(now)
        self._die(EXIT_STANDSTILL)


def register(app: ChatStreamApp) -> None:
    """Watch a worker, unless its settings say never."""
    batch = app.chatstream.batch
    if batch.standstill_after:
        restarts = RestartFile(app.chatstream.data_dir)
        app.run_beside(
            StandstillWatch(
                app, restarts, patience=batch.standstill_after, pause=batch.restart_pause
            )
        )
