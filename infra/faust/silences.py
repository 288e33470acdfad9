"""Which brokers are silent: they were asked, and answer nothing.

A broker that is stopped in its tracks (SIGSTOP, a frozen machine, a cut cable) refuses nothing.
Its connections stay, and what was asked waits until the limit of a request: 30 s of a producer,
90 s of a worker's fetch, heartbeat or commit, although the cluster has chosen another leader after
seconds. Here the oldest question of each connection is watched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping

Link = tuple[Hashable, Hashable]

SUSPECT = 2.0
"""Seconds without an answer: a little more than a fetch may wait for records."""


class Silences:
    """Since when each connection owes the answer to what it was asked first.

    A connection is named by (node, what it is for). A node is silent when one of its connections
    owes an answer for longer than `SUSPECT` and none has brought any in that time: one question
    may wait for other brokers (a record for its copies, a member for its group).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._owed: dict[Link, tuple[int, float]] = {}
        self._answered: dict[Hashable, float] = {}

    def look(self, links: Mapping[Link, tuple[int | None, float]]) -> None:
        """Take note of every connection: the number of its oldest question, its last answer.

        None: it owes nothing. The time of the answer is the clock's.
        """
        now, before = self._clock(), self._owed
        self._owed = {
            link: before[link] if link in before and before[link][0] == asked else (asked, now)
            for link, (asked, _) in links.items()
            if asked is not None
        }
        self._answered = {}
        for (node, _), (_, answered) in links.items():
            self._answered[node] = max(answered, self._answered.get(node, answered))

    def nodes(self) -> set[Hashable]:
        """The nodes that are silent, as far as the last look has shown."""
        then = self._clock() - SUSPECT
        return {
            node
            for (node, _), (_, since) in self._owed.items()
            if since < then and self._answered[node] < then
        }
