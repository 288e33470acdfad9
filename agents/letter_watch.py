"""How many dead letters wait for somebody, as a metric of each worker of the log service."""

from __future__ import annotations

import time
from collections import Counter
from typing import Protocol

from prometheus_client import Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.domain.letter_states import LetterBook
from infra.faust.app import ChatStreamApp

WAITING = Gauge(
    "chatstream_dead_letters_waiting",
    "dead letters about which nothing was done, or whose replay was refused",
    ["topic", "reason"],
)
OLDEST = Gauge(
    "chatstream_dead_letters_oldest_age_seconds",
    "how long ago the oldest dead letter that waits was made",
)
INTERVAL = 30.0
"""Seconds between two looks, of which each reads only what is new."""


class LetterBooks(Protocol):
    """Where the letters are."""

    async def book(self) -> LetterBook:
        """Every letter as it is now; TransientFailure while Kafka is away."""
        ...


class LetterWatch(PeriodicCheck):
    """Counts them, by the topic of the record and the kind of reason."""

    what = "dead letters"

    def __init__(self, letters: LetterBooks, interval: float = INTERVAL) -> None:
        super().__init__(interval)
        self._letters = letters

    async def check(self) -> None:
        """Count all; a topic on which none waits has no value."""
        waiting = [each.letter for each in (await self._letters.book()).all() if each.is_waiting]
        counts = Counter(
            (each.source.topic if each.source else each.place.topic, each.kind or "")
            for each in waiting
        )
        WAITING.clear()
        for labels, count in counts.items():
            WAITING.labels(*labels).set(count)
        oldest = min((each.at for each in waiting), default=None)
        OLDEST.set(0 if oldest is None else max(0.0, time.time() - oldest / 1000))


def register(app: ChatStreamApp, letters: LetterBooks) -> None:
    """Run it in a worker."""
    app.run_beside(LetterWatch(letters))
