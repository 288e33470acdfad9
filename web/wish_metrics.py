"""What a front measures of the wishes that it hands on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import Counter, Histogram

from infra.metrics import ReadGauge

ANSWERED = Histogram(
    "chatstream_wish_answer_seconds",
    "from taking a wish to reading its outcome",
    ["topic"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOINED = Counter("chatstream_wishes_joined", "repeats that joined their pending wish", ["topic"])
UNANSWERED = Counter(
    "chatstream_wishes_unanswered", "wishes without an outcome in their time", ["topic"]
)
NOT_PRODUCED = Counter(
    "chatstream_wishes_not_produced", "wishes refused before they were produced", ["topic", "code"]
)


class PendingWishes(Protocol):
    """Where wishes wait for their outcomes."""

    def pending(self) -> Iterable[tuple[str, int, float]]:
        """(topic, how many, seconds that the oldest of them has waited) of each line."""
        ...


PENDING: ReadGauge[PendingWishes] = ReadGauge(
    "chatstream_wishes_pending",
    "wishes that wait for their outcome",
    ["topic"],
    lambda wishes: [((topic,), count) for topic, count, _ in wishes.pending()],
)
OLDEST: ReadGauge[PendingWishes] = ReadGauge(
    "chatstream_wishes_pending_oldest_age_seconds",
    "how long the oldest of them has waited",
    ["topic"],
    lambda wishes: [((topic,), age) for topic, _, age in wishes.pending()],
    together=max,
)


class TopicMetrics:
    """Those of one topic, looked up once."""

    __slots__ = ("answered", "joined", "unanswered")

    def __init__(self, topic: str) -> None:
        self.answered = ANSWERED.labels(topic)
        self.joined = JOINED.labels(topic)
        self.unanswered = UNANSWERED.labels(topic)
