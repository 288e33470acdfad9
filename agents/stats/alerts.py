"""kakao.stats.alert.EVENT: a fact when a watched word is said much more than usual.

One worker looks, the owner of partition 0. The same jump has the same id whoever finds it and how
often; while it lasts it is told once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from mode import Service

from chatstream.domain.partitions import partition_of
from chatstream.domain.series import MINUTE, Span
from chatstream.domain.times import text_of
from chatstream.domain.watched_words import JUMP_MINUTES, USUAL_MINUTES, first_minute, jump
from chatstream.errors import TransientFailure
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import records
from schemas.contexts.stats import ALERT

log = logging.getLogger(__name__)

_EVERY = 20.0
# The counts of a minute are looked at when those who count had this long for them.
_SETTLED = 1

Words = Callable[[], Awaitable[Mapping[str, float]]]
# The shown uses of a word by minute; None: not of all partitions.
Counts = Callable[[str, Span], Awaitable[Sequence[int] | None]]


class JumpWatch(Service):
    """Looks at every watched word from time to time."""

    def __init__(
        self,
        app: ChatStreamApp,
        is_mine: Callable[[], bool],
        words: Words,
        counts: Counts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._app = app
        self._is_mine = is_mine
        self._words = words
        self._counts = counts
        self._clock = clock
        self._told: dict[str, int] = {}

    @Service.timer(_EVERY)
    async def _look_on(self) -> None:
        try:
            await self.look()
        except TransientFailure as error:
            log.warning("alerts wait: %s", error)

    async def look(self) -> None:
        """Tell of every word that jumps now."""
        if not self._is_mine():
            return
        end = int(self._clock() // MINUTE) - _SETTLED
        begin = end - USUAL_MINUTES - JUMP_MINUTES
        for word, since in list((await self._words()).items()):
            counts = None
            if first_minute(since) <= begin:
                counts = await self._counts(word, Span(begin, end, 1))
            found = jump(counts) if counts is not None else None
            if found is None or self._told.get(word, 0) > begin + USUAL_MINUTES - JUMP_MINUTES:
                continue
            record = records.WordJumped(
                alert_id=f"{word}:{end // JUMP_MINUTES}",
                word=word,
                count=found.count,
                usual=round(found.usual),
                since=text_of((end - JUMP_MINUTES) * MINUTE),
                until=text_of(end * MINUTE),
            )
            await send_all(self._app, [self._outgoing(record)])
            self._told[word] = end

    def _outgoing(self, record: records.WordJumped) -> Outgoing:
        partition = partition_of(record.word, self._app.conf.topic_partitions)
        key = record.word.encode()
        return Outgoing(ALERT.event.name, partition, key, records.encode(record))


def register(app: ChatStreamApp, is_mine: Callable[[], bool], words: Words, counts: Counts) -> None:
    """Run the watch in a stats worker; `is_mine` says whether it is the one that looks."""
    app.run_beside(JumpWatch(app, is_mine, words, counts))
