"""Which brokers are silent: they were asked, and answer nothing.

A broker that is stopped in its tracks (SIGSTOP, a frozen machine, a cut cable) refuses nothing.
Its connections stay, and what was asked waits until the limit of a request: 30 s of a producer,
90 s of a worker's fetch, heartbeat or commit, although the cluster has chosen another leader after
seconds. Here the oldest question of each connection is watched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping

SUSPECT = 2.0
"""Seconds without an answer: a little more than a fetch may wait for records."""


class Silences:
    """Since when each connection owes the answer to what it was asked first.

    A connection is named by (node, what it is for), its question by a number.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[tuple[Hashable, Hashable], tuple[int, float]] = {}

    def look(self, oldest: Mapping[tuple[Hashable, Hashable], int | None]) -> None:
        """Take note of the oldest unanswered question of every connection; None: it owes none."""
        now, before = self._clock(), self._since
        self._since = {
            link: before[link] if link in before and before[link][0] == asked else (asked, now)
            for link, asked in oldest.items()
            if asked is not None
        }

    def nodes(self) -> set[Hashable]:
        """The nodes that owe an answer for longer than `SUSPECT`."""
        now = self._clock()
        return {node for (node, _), (_, since) in self._since.items() if now - since > SUSPECT}
