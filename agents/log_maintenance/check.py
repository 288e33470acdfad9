"""The periodic comparison of the search's documents with Postgres, as metrics.

A part at a time, by one worker of the service. A round ends with the documents of rooms that
nobody made; the next one then begins.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol

import prometheus_client as prometheus

from agents.log_maintenance.verify import LogPart
from agents.periodic_check import PeriodicCheck
from chatstream.domain.log_differences import Discrepancy
from chatstream.errors import TransientFailure
from infra.faust.app import ChatStreamApp
from schemas.contexts.messages import MESSAGE

log = logging.getLogger(__name__)

DIFFERENCES = prometheus.Gauge(
    "chatstream_log_differences",
    "documents of the search unlike Postgres, in the last round or in this one where that is more",
    ["reason"],
)
CHECKS = prometheus.Counter(
    "chatstream_log_checks", "parts of the search that were compared with Postgres"
)
CAME_ROUND = prometheus.Gauge(
    "chatstream_log_came_round_timestamp_seconds",
    "when all of the search was compared last, at first when this worker began to",
)

_STRANGERS = LogPart("", ())
"""What is due when every room was compared."""


class Comparison(Protocol):
    """See agents.log_maintenance.verify.LogVerifier."""

    def begin(self) -> None:
        """What changes after this moment is left out."""
        ...

    def parts(self) -> AsyncIterator[LogPart]:
        """Everything there is to be compared."""
        ...

    async def part(self, part: LogPart) -> Mapping[Discrepancy, int]:
        """Compare a part."""
        ...

    async def strangers(self) -> Mapping[Discrepancy, int]:
        """Count the documents of rooms that are not in Postgres."""
        ...


class LogCheck(PeriodicCheck):
    """Compares a part every `interval` seconds (0: never) in the worker of which `is_ours` is true.

    `opened` gives the comparison of a round. What a store's outage ended is compared again; a
    round whose list of rooms it ended begins anew.
    """

    what = "the search was"

    def __init__(
        self,
        opened: Callable[[], Awaitable[Comparison]],
        is_ours: Callable[[], bool],
        interval: float,
    ) -> None:
        super().__init__(interval)
        self._opened = opened
        self._is_ours = is_ours
        self._comparison: Comparison | None = None
        self._parts: AsyncIterator[LogPart]
        self._due: LogPart | None = None
        self._has_begun = False
        self._found: Counter[Discrepancy] = Counter()
        self._before: Counter[Discrepancy] = Counter()

    async def check(self) -> None:
        """Compare what is due, and measure it; nothing in a worker that is not to."""
        if not self._is_ours():
            self._forget()
            return
        comparison = self._comparison or await self._begin()
        comparison.begin()
        due = self._due = self._due or await self._next()
        is_last = due is _STRANGERS
        self._found += Counter(await (comparison.strangers() if is_last else comparison.part(due)))
        self._due = None
        CHECKS.inc()
        if is_last:
            self._end_round()
        self._measure()

    async def _begin(self) -> Comparison:
        comparison = await self._opened()
        self._comparison, self._parts = comparison, comparison.parts()
        self._found.clear()
        if not self._has_begun:
            self._has_begun = True
            CAME_ROUND.set_to_current_time()
        return comparison

    async def _next(self) -> LogPart:
        try:
            return await anext(self._parts, _STRANGERS)
        except TransientFailure:
            self._comparison = None
            raise

    def _end_round(self) -> None:
        self._before, self._found = self._found, Counter()
        self._comparison = None
        CAME_ROUND.set_to_current_time()

    def _measure(self) -> None:
        for kind in Discrepancy:
            DIFFERENCES.labels(kind).set(max(self._before[kind], self._found[kind]))

    def _forget(self) -> None:
        """Another worker tells it."""
        self._comparison = self._due = None
        self._has_begun = False
        self._found, self._before = Counter(), Counter()
        DIFFERENCES.clear()
        CAME_ROUND.set(0)


def tell(line: str) -> None:
    """What differs, as a line of the log."""
    log.error("the search differs from Postgres: %s", line)


def register(app: ChatStreamApp, opened: Callable[[], Awaitable[Comparison]]) -> None:
    """Run it in a log worker; it is his who reads the first partition of the messages."""
    interval = app.chatstream.log.check_interval
    is_ours = partial(app.leads, MESSAGE.response.name)
    app.run_beside(LogCheck(opened, is_ours, interval))
