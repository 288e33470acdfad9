"""kakao.chat.chatMessage.RESPONSE and kakao.user.account.RESPONSE, counted into the live tables."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

from faust.types import EventT

from agents.batching import BatchLoop
from agents.dead_letters import dead_letter
from chatstream.domain.lines import Step, step
from chatstream.domain.series import bucket, oldest
from chatstream.domain.times import from_text
from chatstream.domain.words import Use, apply, apply_buckets, change, mark
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.ports.counting import FactReader, Tokenizer
from infra.kafka.app import ChatStreamApp
from infra.kafka.pace import Pace
from infra.kafka.producer import send_all
from schemas import codec, records, topics
from tables.series import Series
from tables.stats import StatsTables
from tables.words import Line, WordCounts

# Facts read back from Postgres at once, and counted at once.
_CHUNK = 1000
# Messages tokenised before HTTP gets its turn: a few milliseconds.
_TURN = 50

SOURCES = (topics.MESSAGE_RESPONSE.name, topics.ACCOUNT_RESPONSE.name)

_Said = records.MessageStored | records.MessageEdited | records.MessageDeleted
_ACCOUNT_FACTS = records.AccountCreated | records.ProfileChanged | records.AccountErased
_FACTS = _Said | _ACCOUNT_FACTS


class Counter(Protocol):
    """Counts one line's facts in one partition."""

    line: Line

    async def count(self, partition: int, cursor: int, facts: Sequence[Any]) -> int:
        """Count facts that follow the cursor without a gap; durable on return: the new cursor."""
        ...


class MessageCounter:
    """Messages: the words of what they say now, and the messages by minute."""

    def __init__(
        self,
        words: WordCounts,
        chat_added: Series,
        line: Line,
        tokenizer: Tokenizer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.words = words
        self.chat_added = chat_added
        self.line = line
        self.tokenizer = tokenizer

    async def count(self, partition: int, cursor: int, facts: Sequence[_Said]) -> int:
        """See Counter."""
        uses = await self._uses(facts)
        held = self.words.read(partition, {word for use in uses for word in use.words})
        changes = apply(held, cursor, uses)
        now = self.clock()
        minutes = [(fact.fact_no, _message_minute(fact, now)) for fact in facts]
        known = self.chat_added.read(partition, (each for _, each in minutes if each is not None))
        changed, _ = apply_buckets(known, cursor, minutes)
        await asyncio.gather(
            self.words.write(partition, changes),
            self.chat_added.write(partition, changed, oldest(now)),
        )
        return changes.cursor

    async def _uses(self, facts: Sequence[_Said]) -> list[Use]:
        uses = []
        for number, fact in enumerate(facts, start=1):
            uses.append(
                Use(
                    fact_no=fact.fact_no,
                    words=self._words(fact),
                    room=mark(fact.room_id),
                    account=mark(fact.account_id),
                    in_open_room=fact.room_kind == "open",
                )
            )
            if number % _TURN == 0:
                await asyncio.sleep(0)
        return uses

    def _words(self, fact: _Said) -> Mapping[str, int]:
        """By how much the fact changes each word's count."""
        now = {} if isinstance(fact, records.MessageDeleted) else self.tokenizer.count(fact.message)
        if isinstance(fact, records.MessageStored):
            return now
        return change(self.tokenizer.count(fact.former), now)


class SignupCounter:
    """Signups by minute."""

    def __init__(
        self, user_added: Series, line: Line, clock: Callable[[], float] = time.time
    ) -> None:
        self.user_added = user_added
        self.line = line
        self.clock = clock

    async def count(
        self,
        partition: int,
        cursor: int,
        facts: Sequence[_ACCOUNT_FACTS],
    ) -> int:
        """See Counter; only a signup counts, other facts move the cursor."""
        now = self.clock()
        minutes = [(fact.fact_no, _signup_minute(fact, now)) for fact in facts]
        known = self.user_added.read(
            partition, (minute for _, minute in minutes if minute is not None)
        )
        changed, cursor = apply_buckets(known, cursor, minutes)
        await self.user_added.write(partition, changed, oldest(now))
        return cursor


def _message_minute(fact: _Said, now: float) -> str | None:
    """The bucket of a message that was added; a change adds none."""
    return minute_of(fact.created_at, now) if isinstance(fact, records.MessageStored) else None


def _signup_minute(fact: _ACCOUNT_FACTS, now: float) -> str | None:
    return minute_of(fact.created_at, now) if isinstance(fact, records.AccountCreated) else None


def minute_of(text: str, now: float) -> str | None:
    """The bucket of a time, as text; None when the time is refused, PoisonMessage when it is none.

    `now` is in seconds since 1970.
    """
    try:
        minute = bucket(from_text(text).timestamp(), now)
    except ValueError as error:
        raise PoisonMessage(str(error)) from error
    return None if minute is None else str(minute)


class LineSink:
    """Counts the facts of one topic in line order; see agents.batching.Sink.

    A lane per partition: a gap that waits for a database delays that partition only.
    """

    def __init__(
        self, app: ChatStreamApp, topic: str, counter: Counter, reader: FactReader
    ) -> None:
        self.app = app
        self.topic = topic
        self.counter = counter
        self.reader = reader

    def lane_of(self, topic: str, partition: int) -> str:
        """The partition itself."""
        return f"{topic}-{partition}"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Count what is new in the batch; repeats change nothing, gaps are filled first."""
        partition = batch[0].message.partition
        decoded = (codec.decode(self.topic, event.value) for event in batch)
        facts = [record for record in decoded if isinstance(record, _FACTS)]
        line = self.counter.line
        cursor = line.cursor(partition)
        async for chunk in self._in_line(partition, cursor, facts):
            cursor = await self.counter.count(partition, cursor, chunk)
            await line.move(partition, cursor)

    async def _in_line(
        self, partition: int, cursor: int, facts: Sequence[Any]
    ) -> AsyncIterator[list[Any]]:
        """The facts after the cursor, dense and ascending, in chunks that can be counted."""
        ready: list[Any] = []
        for fact in facts:
            match step(cursor, fact.fact_no):
                case Step.REPEAT:
                    continue
                case Step.GAP:
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
            yield [codec.decode(self.topic, body) for _, body in rows]
            after = last

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; nobody waits for it. Its fact, if it was one, leaves a gap."""
        await send_all(self.app, [dead_letter(event, reason)])


def register(
    app: ChatStreamApp, tables: StatsTables, reader: FactReader, tokenizer: Tokenizer
) -> None:
    """Declare the agents `stats.words` and `stats.signups`."""
    counters: dict[str, tuple[topics.TopicSpec, Counter]] = {
        "stats.words": (
            topics.MESSAGE_RESPONSE,
            MessageCounter(tables.words, tables.chat_added, tables.messages, tokenizer),
        ),
        "stats.signups": (
            topics.ACCOUNT_RESPONSE,
            SignupCounter(tables.user_added, tables.accounts),
        ),
    }
    for name, (spec, counter) in counters.items():
        _register(app, name, LineSink(app, spec.name, counter, reader))


def _register(app: ChatStreamApp, name: str, sink: LineSink) -> None:
    topic = app.topic(sink.topic, value_serializer="raw", key_serializer="raw", value_type=bytes)

    @app.agent(topic, name=name)
    async def count(stream: Any) -> None:
        settings = app.chatstream
        pace = Pace(settings.stats.interval, 1)
        await BatchLoop(app, sink, settings.batch, pace=pace).run(stream)
