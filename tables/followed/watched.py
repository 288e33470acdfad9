"""The operators' list of watched words, as it stands on kakao.stats.watched.EVENT.

All its records are in one partition, so that everybody folds them in one order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from chatstream.domain.times import from_text
from chatstream.domain.watched_words import WatchList
from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from schemas import records
from schemas.contexts.stats import WATCHED
from tables.followed.fold import Followed, Follower

# A word's series begins up to a minute after it was put on the list: nobody may be later.
_LATEST = 20.0
_REMEMBERED = 1000


class Watched:
    """The list as this process knows it."""

    def __init__(self) -> None:
        self.list = WatchList()
        self.followed = Followed(WATCHED.event, self._apply)
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)

    def _apply(self, _partition: int, record: records.WatchedEvent) -> None:
        at = from_text(record.at).timestamp()
        if isinstance(record, records.WordWatched):
            self.list.watch(record.word, at)
        else:
            self.list.unwatch(record.word)
        self._seen.append(record.request_id)

    async def until_seen(self, request_id: str) -> None:
        """Returns when the record of this request is applied."""
        await self.followed.until(lambda: request_id in self._seen)


class WatchedTail(Follower):
    """Follows the topic in a worker."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.watched = Watched()
        super().__init__(settings, self.watched.followed, settings.background_fetch_interval)

    async def words(self) -> Mapping[str, float]:
        """The list, once it is read; TransientFailure while it may be out of date."""
        await self.ready.wait()
        if self.lag_seconds() > _LATEST:
            raise TransientFailure("the list of watched words may be out of date")
        return self.watched.list.words
