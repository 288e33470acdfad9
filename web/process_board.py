"""The heartbeats of every process as a front has them; see chatstream.domain.overview.processes."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from chatstream.domain.overview.processes import KEPT, Beat, Processes
from chatstream.domain.times import from_text
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.ops import PROCESS

log = logging.getLogger(__name__)

BACK = KEPT
"""Seconds of heartbeats that a front reads when it starts."""


class ProcessBoard:
    """`processes` is the fold; `on_record` is fed in the order of the topic's partitions.

    `lag` gives the seconds since the tail has certainly read everything, infinite before that: what
    is read until then was said when it says so, what comes later is heard now.
    """

    def __init__(
        self, own: str, lag: Callable[[], float], clock: Callable[[], float] = time.time
    ) -> None:
        self.processes = Processes(own)
        self._lag = lag
        self._clock = clock

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler: what cannot be read gets a line in the log, and no more."""
        try:
            told = codec.decode(PROCESS.event.name, value)
            beat, at = beat_of(told), from_text(told.at).timestamp()
        except (PoisonMessage, ValueError) as error:
            log.error("unreadable heartbeat in partition %s: %s", partition, error)
            return
        now = self._clock()
        self.processes.hear(beat, min(at, now) if math.isinf(self._lag()) else now)


def beat_of(told: records.Heartbeat) -> Beat:
    """The record for the fold; ValueError when its times are none."""
    return Beat(
        worker=told.worker,
        service=told.service,
        instance=told.instance,
        started_at=from_text(told.started_at).timestamp(),
        state=told.state,
        version=told.version,
        holds=told.holds,
        reasons=told.reasons,
        away=told.away,
        counts=told.counts,
    )
