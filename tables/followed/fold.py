"""One fold for every followed topic; Kafka Streams calls such a state a global table.

There is no group and no changelog: each process reads all partitions itself, so everybody folds
the same records, those of a partition in one order.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Any

from prometheus_client import Counter

from chatstream.errors import PoisonMessage, UserError
from chatstream.settings import KafkaSettings
from infra.kafka.commands import all_values
from infra.kafka.single_partition import home
from infra.kafka.tail import Following
from infra.pacing import Pace
from schemas import codec
from schemas.streams import TopicSpec

UNREADABLE = Counter(
    "chatstream_followed_records_unreadable",
    "records of a followed topic that could not be read or used",
    ["topic"],
)

log = logging.getLogger(__name__)

# Nobody is let in by what a worker follows: it need not be proved as often as in a front.
_WAIT_MS = 1000


class Followed:
    """A topic and how its records change a state; `since` and `on_record` are for its tail.

    `apply(partition, record)` must not block. It meets records again when `since` goes back. For
    one that it cannot use it raises UserError or ValueError, and has changed nothing.
    `since`: seconds before the start of the process from which on it reads (infinite: everything;
    0: what comes from then on).
    `changed` is set after each record that was applied, and cleared by who waits for it.
    """

    def __init__(
        self, topic: TopicSpec, apply: Callable[[int, Any], None], since: float = math.inf
    ) -> None:
        self.topic = topic
        self.since = since
        self.changed = asyncio.Event()
        self._apply = apply

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler: what cannot be read or used gets a line in the log, and no more."""
        try:
            self._apply(partition, codec.decode(self.topic.name, value))
        except (PoisonMessage, UserError, ValueError) as error:
            UNREADABLE.labels(self.topic.name).inc()
            log.error("unreadable record in %s-%s: %s", self.topic.name, partition, error)
            return
        self.changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once it holds; asks after every record that was applied. Any number may wait."""
        while not holds():
            self.changed.clear()
            await self.changed.wait()


async def read_all(settings: KafkaSettings, followed: Followed) -> None:
    """Apply all that is on a topic of one place, for who does not follow it.

    TransientFailure when the broker does not answer.
    """
    place = home(followed.topic, settings.partitions)
    for value in await all_values(settings, followed.topic.name, place):
        followed.on_record(place, b"", value)


class Follower(Following):
    """The tail of a followed topic in a worker; `interval`: least seconds between two fetches."""

    def __init__(self, settings: KafkaSettings, followed: Followed, interval: float) -> None:
        super().__init__(
            settings,
            {followed.topic.name: followed.on_record},
            since={followed.topic.name: followed.since},
            pace=Pace(interval, 1),
            wait_ms=_WAIT_MS,
        )
        self.followed = followed
