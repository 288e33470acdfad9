"""The operators' list of watched words, as it stands on kakao.stats.watched.EVENT.

All its records are in one partition, so that everybody folds them in one order; a process reads
the topic from its beginning, without a group.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Iterable, Mapping

from mode import Service, ServiceT

from chatstream.domain.times import from_text
from chatstream.domain.watching import WatchList
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.settings import KafkaSettings
from infra.kafka.one_place import OnePlace
from infra.kafka.pace import Pace
from infra.kafka.tail import TopicTail
from schemas import codec, records, topics

log = logging.getLogger(__name__)

TOPIC = topics.WATCHED_EVENT.name
_PLACE = OnePlace(topics.WATCHED_EVENT)
home, outgoing = _PLACE.home, _PLACE.outgoing
# A word's series begins up to a minute after it was put on the list: nobody may be later.
_LATEST = 20.0
_REMEMBERED = 1000


class Watched:
    """The list as this process knows it; `changed` is told of every record that was applied."""

    def __init__(self) -> None:
        self.list = WatchList()
        self.changed = asyncio.Condition()
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler; a record that cannot be read is logged and passed over."""
        try:
            record = codec.decode(TOPIC, value)
            at = from_text(record.at).timestamp()
        except (PoisonMessage, ValueError) as error:
            log.error("unreadable record in %s-%s: %s", TOPIC, partition, error)
            return
        if isinstance(record, records.WordWatched):
            self.list.watch(record.word, at)
        else:
            self.list.unwatch(record.word)
        self._seen.append(record.request_id)
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until_seen(self, request_id: str, within: float) -> None:
        """Returns when the record of this request is applied; TransientFailure after `within` s."""
        try:
            async with asyncio.timeout(within), self.changed:
                await self.changed.wait_for(lambda: request_id in self._seen)
        except TimeoutError as error:
            raise TransientFailure("the list of watched words is not up to date") from error


class WatchedTail(Service):
    """Follows the topic in a worker."""

    def __init__(self, settings: KafkaSettings) -> None:
        super().__init__()
        self.watched = Watched()
        pace = Pace(settings.background_fetch_interval, 1)
        self._tail = TopicTail(settings, TOPIC, self.watched.on_record, since=math.inf, pace=pace)

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """The tail; it starts and stops with this service."""
        return [self._tail]

    async def words(self) -> Mapping[str, float]:
        """The list, once it is read; TransientFailure while it may be out of date."""
        await self._tail.ready.wait()
        if self._tail.lag_seconds() > _LATEST:
            raise TransientFailure("the list of watched words may be out of date")
        return self.watched.list.words
