"""The monitor's samples as a front has them: the newest of each group, and how it came there.

Every front reads the topic itself, so the page is there while the monitor is away, and says so.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chatstream.domain.lag.states import LagState, gravity
from chatstream.domain.lag.telling import QUIET
from chatstream.domain.times import from_text
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.lag import SAMPLE

log = logging.getLogger(__name__)

BACK = 900.0
"""Seconds of samples that a front has, from its start on."""
SILENT = 1.5 * QUIET
"""Seconds without any sample after which the monitor is away."""
_FORGOTTEN = 3 * QUIET
_POINTS = 90


@dataclass(slots=True)
class GroupOnBoard:
    """A group: its newest sample, its time, and (seconds since 1970, records behind) before it."""

    sample: records.LagSampled
    at: float
    trend: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_POINTS))

    @property
    def records(self) -> int:
        """How many it is behind."""
        return behind_in(self.sample)


def behind_in(sample: records.LagSampled) -> int:
    """Records that the group of a sample is behind."""
    return sum(each.lag for topic in sample.topics for each in topic.behind)


class LagBoard:
    """All groups; `on_record` is fed in the order of the topic's partitions."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._groups: dict[str, GroupOnBoard] = {}

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler: what cannot be read gets a line in the log, and no more."""
        try:
            sample = codec.decode(SAMPLE.event.name, value)
            at, _ = from_text(sample.at).timestamp(), LagState(sample.state)
        except (PoisonMessage, ValueError) as error:
            log.error("unreadable sample in partition %s: %s", partition, error)
            return
        known = self._groups.setdefault(sample.group, GroupOnBoard(sample, at))
        if at >= known.at:
            known.sample, known.at = sample, at
            known.trend.append((at, behind_in(sample)))

    @property
    def newest(self) -> GroupOnBoard | None:
        """The group that was sampled last; None: there is no sample of the last minutes."""
        return max(self._groups.values(), key=lambda each: each.at, default=None)

    @property
    def is_current(self) -> bool:
        """Whether the monitor is there."""
        newest = self.newest
        return newest is not None and self._clock() - newest.at <= SILENT

    def groups(self) -> Sequence[GroupOnBoard]:
        """All that the monitor still tells of, the worst first."""
        newest = self.newest
        if newest is None:
            return ()
        since = newest.at - _FORGOTTEN
        self._groups = {name: each for name, each in self._groups.items() if each.at >= since}
        return sorted(self._groups.values(), key=_order)


def _order(group: GroupOnBoard) -> tuple[int, int, str]:
    return -gravity(LagState(group.sample.state)), -group.records, group.sample.group
