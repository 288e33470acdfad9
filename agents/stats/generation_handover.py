"""A stats worker whose generation serves no longer ends, and is started again with the new one.

Its group, its tables and its words are those of one generation, for the life of the process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import threading
from collections.abc import Callable

from mode import Service
from prometheus_client import Gauge

from agents.loop.batching import EXIT_UNFINISHED, end_process
from infra.faust.app import ChatStreamApp
from tables.followed.generations import GenerationTail

log = logging.getLogger(__name__)

# Seconds of a clean end, at most.
_LONGEST = 60.0

GENERATION = Gauge("chatstream_stats_generation", "the generation of this worker's tables")


class GenerationHandover(Service):
    """Ends the process as SIGTERM does when a newer generation serves: nothing is left half."""

    def __init__(self, tail: GenerationTail, end: Callable[[], None]) -> None:
        super().__init__()
        self._tail = tail
        self._end = end

    @Service.task
    async def _follow(self) -> None:
        newer = await self._tail.until_superseded()
        log.info("generation %s serves, ending to start with it", newer.number)
        self._end()


def register(app: ChatStreamApp, tail: GenerationTail) -> None:
    """Run it in a stats worker, unless its settings name its generation.

    Tables of older generations are removed from its folder: they are nobody's any more.
    """
    GENERATION.set(tail.own.number)
    if app.chatstream.stats.generation is None:
        app.run_beside(GenerationHandover(tail, _end_process))
        app.before_start.append(lambda: asyncio.to_thread(_forget_older, app))


def _end_process() -> None:
    """As a supervisor does: TERM, and for one that hangs over it an end all the same."""
    hanging = threading.Timer(_LONGEST, end_process, [EXIT_UNFINISHED])
    hanging.daemon = True
    hanging.start()
    os.kill(os.getpid(), signal.SIGTERM)


def _forget_older(app: ChatStreamApp) -> None:
    for folder in app.conf.find_old_versiondirs():
        log.info("removing the tables in %s", folder)
        shutil.rmtree(folder, ignore_errors=True)
