"""kakao.chat.chatMessage.RESPONSE and kakao.user.account.RESPONSE, counted into the live tables."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from types import UnionType
from typing import Any

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.loop.lane import goes_on
from agents.stats.counters import (
    AccountFact,
    Counter,
    MessageCounter,
    Said,
    SignupCounter,
    WatchedNow,
)
from chatstream.domain.lines import FactStep, step
from chatstream.errors import TransientFailure
from chatstream.ports.counting import FactReader, Tokenizer
from infra.faust.app import ChatStreamApp
from infra.pacing import Pace
from schemas import codec
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.streams import TopicSpec
from tables.stats import StatsTables

# Facts read back from Postgres at once, and counted at once.
_CHUNK = 1000
# Facts that the lanes of a worker have under way at most: what the time of a drain is enough for.
_UNDER_WAY = 8 * _CHUNK

SOURCES = (MESSAGE.response.name, ACCOUNT.response.name)

_FACTS = Said | AccountFact


class LineSink(EventSink):
    """Counts the facts of one topic in line order; see agents.loop.batching.Sink.

    A lane per partition: a gap that waits for a database delays that partition only.
    """

    def __init__(
        self,
        app: ChatStreamApp,
        topic: str,
        counter: Counter,
        reader: FactReader,
        kinds: type | UnionType = _FACTS,
    ) -> None:
        """`kinds` are the facts of the line."""
        super().__init__(app)
        self.kinds = kinds
        self.topic = topic
        self.counter = counter
        self.reader = reader
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def lane_of(self, topic: str, partition: int) -> str:
        """The partition itself."""
        return f"{topic}-{partition}"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Count what is new in the batch; repeats change nothing, gaps are filled first."""
        partition = batch[0].message.partition
        decoded = (codec.decode(self.topic, event.value) for event in batch)
        facts = [record for record in decoded if isinstance(record, self.kinds)]
        async with self._locks[partition]:
            cursor = self.cursor(partition)
            async for chunk in self._in_line(partition, cursor, facts):
                cursor = await self._count(partition, cursor, chunk)

    def cursor(self, partition: int) -> int:
        """The last fact that is counted."""
        return self.counter.line.cursor(partition)

    async def catch_up(self, partition: int, head: int, may_go_on: Callable[[], bool]) -> None:
        """Count facts up to `head` from Postgres, in turn with what is told, as long as it may."""
        while may_go_on():
            async with self._locks[partition]:
                cursor = self.cursor(partition)
                if cursor >= head:
                    return
                last = min(head, cursor + _CHUNK)
                async for chunk in self._missing(partition, cursor, last):
                    cursor = await self._count(partition, cursor, chunk)

    async def _count(self, partition: int, cursor: int, facts: Sequence[Any]) -> int:
        cursor = await self.counter.count(partition, cursor, facts)
        await self.counter.line.move(partition, cursor)
        return cursor

    async def _in_line(
        self, partition: int, cursor: int, facts: Sequence[Any]
    ) -> AsyncIterator[list[Any]]:
        """The facts after the cursor, dense and ascending, in chunks that can be counted."""
        ready: list[Any] = []
        for fact in facts:
            match step(cursor, fact.fact_no):
                case FactStep.REPEAT:
                    continue
                case FactStep.GAP:
                    if ready:
                        yield ready
                        ready = []
                    async for chunk in self._missing(partition, cursor, fact.fact_no - 1):
                        yield chunk
            ready.append(fact)
            cursor = fact.fact_no
        if ready:
            yield ready

    async def _missing(self, partition: int, after: int, upto: int) -> AsyncIterator[list[Any]]:
        while after < upto:
            last = min(upto, after + _CHUNK)
            rows = await self.reader.facts(self.topic, partition, after, last)
            if [number for number, _ in rows] != list(range(after + 1, last + 1)):
                raise TransientFailure(
                    f"{self.topic}-{partition}: facts {after + 1} to {last} are not all there"
                )
            goes_on()
            yield [codec.decode(self.topic, body) for _, body in rows]
            after = last


def register(
    app: ChatStreamApp,
    tables: StatsTables,
    reader: FactReader,
    tokenizer: Tokenizer,
    watched: WatchedNow,
) -> list[LineSink]:
    """Declare the agents `stats.words` and `stats.signups`; returns their sinks."""
    counters: dict[str, tuple[TopicSpec, Counter]] = {
        "stats.words": (
            MESSAGE.response,
            MessageCounter(tables, tokenizer, watched=watched),
        ),
        "stats.signups": (
            ACCOUNT.response,
            SignupCounter(tables),
        ),
    }
    sinks = []
    for name, (spec, counter) in counters.items():
        sinks.append(LineSink(app, spec.name, counter, reader))
        _register(app, name, sinks[-1])
    return sinks


def _register(app: ChatStreamApp, name: str, sink: LineSink) -> None:
    settings, stats = app.chatstream.batch, app.chatstream.stats
    size = batch_size(settings.size, app.conf.topic_partitions)
    declare(
        app,
        name,
        [sink.topic],
        sink,
        settings=settings.model_copy(update={"size": size}),
        pace=Pace(stats.interval, 1, together=True),
    )


def batch_size(usual: int, partitions: int) -> int:
    """Records of a batch at most: never fewer than usual, more where few partitions share a worker.

    A key that comes again in a batch is written once, so larger ones cost less a message; there is
    no transaction that they would hold open.
    """
    return max(usual, min(_CHUNK, _UNDER_WAY // partitions))
