"""What agents measure: their batches, what waits in their lanes, and what was refused."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from prometheus_client import Counter, Histogram

from chatstream.errors import PoisonMessage
from infra.metrics import ReadGauge, Sample

_LANE = ["agent", "lane"]

RECORDS = Histogram(
    "chatstream_batch_records",
    "records of a batch",
    _LANE,
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
SECONDS = Histogram(
    "chatstream_batch_seconds",
    "from taking a batch to its acknowledgement, every try of it included",
    _LANE,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
AGE = Histogram(
    "chatstream_acknowledged_age_seconds",
    "how long ago the oldest record of a batch was produced when it was acknowledged",
    _LANE,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
RETRIES = Counter("chatstream_batch_retries", "tries that an outage ended", _LANE)
BISECTIONS = Counter(
    "chatstream_batch_bisections", "batches halved because of a record that cannot be done", _LANE
)
DEAD_LETTERS = Counter(
    "chatstream_dead_letters", "records dead-lettered, by their own topic", ["topic", "reason"]
)
REFUSED = Counter("chatstream_wishes_refused", "wishes that an agent refused", ["topic", "code"])


class LaneLoad(Protocol):
    """A lane as it is told of; `oldest` is when its oldest record was produced, None: empty."""

    agent: str
    name: str

    @property
    def waiting(self) -> int:
        """Records that are in no batch yet."""
        ...

    @property
    def oldest(self) -> float | None:
        """See above: in seconds since 1970, of the batch under way too."""
        ...


def _count(lane: LaneLoad) -> Iterable[Sample]:
    return [((lane.agent, lane.name), lane.waiting)]


def _age(lane: LaneLoad) -> Iterator[Sample]:
    oldest = lane.oldest
    yield (lane.agent, lane.name), 0.0 if oldest is None else max(0.0, time.time() - oldest)


WAITING: ReadGauge[LaneLoad] = ReadGauge(
    "chatstream_lane_waiting_records", "records in a lane that are in no batch yet", _LANE, _count
)
OLDEST: ReadGauge[LaneLoad] = ReadGauge(
    "chatstream_lane_oldest_age_seconds",
    "how long ago the oldest record in a lane was produced, that of the batch under way included",
    _LANE,
    _age,
    together=max,
)


class LaneMetrics:
    """Those of one lane, looked up once."""

    __slots__ = ("_age", "_records", "_seconds", "bisections", "retries")

    def __init__(self, agent: str, lane: str) -> None:
        self._records = RECORDS.labels(agent, lane)
        self._seconds = SECONDS.labels(agent, lane)
        self._age = AGE.labels(agent, lane)
        self.retries = RETRIES.labels(agent, lane)
        self.bisections = BISECTIONS.labels(agent, lane)

    def done(self, records: int, seconds: float, produced_at: float | None) -> None:
        """A batch was acknowledged after `seconds`; when its oldest record was produced."""
        self._records.observe(records)
        self._seconds.observe(seconds)
        if produced_at is not None:
            self._age.observe(max(0.0, time.time() - produced_at))


def dead_lettered(topic: str, error: PoisonMessage) -> None:
    """A record of the topic lies on its dead-letter topic."""
    DEAD_LETTERS.labels(topic, error.kind).inc()


def refused(topic: str, outcomes: Iterable[object]) -> None:
    """These outcomes of wishes of the topic were told; those with a code are refusals."""
    for outcome in outcomes:
        code = getattr(outcome, "code", None)
        if code is not None:
            REFUSED.labels(topic, code).inc()
