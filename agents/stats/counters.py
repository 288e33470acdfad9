"""How the facts of one line are counted into the live tables: messages, and signups.

Every table is written before the line's cursor moves. After a crash in between some are ahead of
it; each knows by its own fact numbers what it has counted.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from chatstream.domain.series import MINUTE, bucket, oldest
from chatstream.domain.sums import added_once, added_to_words, apply_added, apply_sums
from chatstream.domain.times import from_text
from chatstream.domain.windows import batches, latest_only
from chatstream.domain.words import Use, apply, change, mark
from chatstream.errors import PoisonMessage
from chatstream.ports.counting import Tokenizer
from schemas import records
from tables.room_words import RoomWords, name_of
from tables.series import Series
from tables.stats import StatsTables
from tables.watched import MinuteWord, WatchedWords
from tables.windows import Windows
from tables.words import Line, WordCounts

# Messages tokenised before HTTP gets its turn: a few milliseconds.
_TURN = 50

# Where the minute of a time ends, and what follows in the form in which this program writes times.
_MINUTE_END = 16
_SECONDS = re.compile(r":[0-5][0-9]\.[0-9]{3}Z")

Said = records.MessageStored | records.MessageEdited | records.MessageDeleted
AccountFact = records.AccountCreated | records.ProfileChanged | records.AccountErased
Clock = Callable[[], float]
# The watched words; raises TransientFailure while they are not known for certain.
WatchedNow = Callable[[], Awaitable[Collection[str]]]


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
        tables: StatsTables,
        tokenizer: Tokenizer,
        clock: Clock = time.time,
        watched: WatchedNow | None = None,
    ) -> None:
        self.words: WordCounts = tables.words
        self.windows: Windows = tables.windows
        self.rooms: RoomWords = tables.room_words
        self.added: Series = tables.chat_added
        self.line = tables.messages
        self.watched: WatchedWords = tables.watched
        self.watched_now = watched or _nothing_watched
        self.tokenizer = tokenizer
        self.clock = clock

    async def count(self, partition: int, cursor: int, facts: Sequence[Said]) -> int:
        """See Counter."""
        watched = await self.watched_now()
        now = self.clock()
        minutes = [minute_of(fact.created_at, now) for fact in facts]
        uses = await self._uses(facts)
        dated = list(zip(uses, minutes, strict=True))
        await _all(
            self._count_words(partition, cursor, uses),
            self._count_windows(partition, cursor, dated, now),
            self._count_watched(partition, cursor, dated, watched, now),
            self._count_rooms(partition, cursor, facts, uses),
            self._count_added(partition, cursor, facts, minutes, now),
        )
        return facts[-1].fact_no

    async def _count_words(self, partition: int, cursor: int, uses: Sequence[Use]) -> None:
        held = self.words.read(partition, {word for use in uses for word in use.words})
        await self.words.write(partition, apply(held, cursor, uses))

    async def _count_windows(
        self, partition: int, cursor: int, uses: Sequence[tuple[Use, int | None]], now: float
    ) -> None:
        seen = self.windows.seen(partition, cursor)
        latest = [(use, latest_only(minute, int(now // MINUTE))) for use, minute in uses]
        await self.windows.write(partition, batches(seen, latest), cursor)

    async def _count_watched(
        self,
        partition: int,
        cursor: int,
        uses: Sequence[tuple[Use, int | None]],
        watched: Collection[str],
        now: float,
    ) -> None:
        adds: list[tuple[int, Mapping[MinuteWord, Sequence[int]]]] = [
            (use.fact_no, {} if minute is None else _watched_in(use, minute, watched))
            for use, minute in (uses if watched else ())
        ]
        held = self.watched.read(partition, {key for _, added in adds for key in added})
        await self.watched.write(partition, apply_sums(held, cursor, adds), oldest(now))

    async def _count_rooms(
        self, partition: int, cursor: int, facts: Sequence[Said], uses: Sequence[Use]
    ) -> None:
        said = [
            (use.fact_no, name_of(fact.room_id, ""), use.words)
            for fact, use in zip(facts, uses, strict=True)
        ]
        added = added_to_words(said)
        held = self.rooms.read(partition, added)

        def one_by_one() -> dict[str, list[int]]:
            adds: list[tuple[int, Mapping[str, Sequence[int]]]] = [
                (fact_no, {room + word: (times,) for word, times in words.items()})
                for fact_no, room, words in said
            ]
            return apply_sums(held, cursor, adds)

        await self.rooms.write(partition, apply_added(held, cursor, added, one_by_one))

    async def _count_added(
        self,
        partition: int,
        cursor: int,
        facts: Sequence[Said],
        minutes: Sequence[int | None],
        now: float,
    ) -> None:
        """A change adds no message."""
        added = [
            (fact.fact_no, minute if isinstance(fact, records.MessageStored) else None)
            for fact, minute in zip(facts, minutes, strict=True)
        ]
        await _count_minutes(self.added, partition, cursor, added, now)

    async def _uses(self, facts: Sequence[Said]) -> list[Use]:
        uses = []
        for number, fact in enumerate(facts, start=1):
            uses.append(
                Use(
                    fact_no=fact.fact_no,
                    words=words_of(fact, self.tokenizer),
                    room=mark(fact.room_id),
                    account=mark(fact.account_id),
                    in_open_room=fact.room_kind == "open",
                )
            )
            if number % _TURN == 0:
                await asyncio.sleep(0)
        return uses


def words_of(fact: Said, tokenizer: Tokenizer) -> Mapping[str, int]:
    """By how much the fact changes each word's count."""
    now = {} if isinstance(fact, records.MessageDeleted) else tokenizer.count(fact.message)
    if isinstance(fact, records.MessageStored):
        return now
    return change(tokenizer.count(fact.former), now)


def _watched_in(
    use: Use, minute: int, watched: Collection[str]
) -> Mapping[MinuteWord, Sequence[int]]:
    if not watched:
        return {}
    return {
        (minute, word): (times, times if use.in_open_room else 0)
        for word, times in use.words.items()
        if word in watched
    }


async def _nothing_watched() -> Collection[str]:
    return ()


class SignupCounter:
    """Signups by minute."""

    def __init__(self, tables: StatsTables, clock: Clock = time.time) -> None:
        self.added = tables.user_added
        self.line = tables.accounts
        self.clock = clock

    async def count(self, partition: int, cursor: int, facts: Sequence[AccountFact]) -> int:
        """See Counter; only a signup counts, other facts move the cursor."""
        now = self.clock()
        added = [(fact.fact_no, _signup_minute(fact, now)) for fact in facts]
        await _count_minutes(self.added, partition, cursor, added, now)
        return facts[-1].fact_no


async def _all(*writes: Awaitable[None]) -> None:
    """Wait for every write, also where one failed: whoever tries again must find none under way."""
    for result in await asyncio.gather(*writes, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def _count_minutes(
    series: Series,
    partition: int,
    cursor: int,
    facts: Sequence[tuple[int, int | None]],
    now: float,
) -> None:
    added = {
        str(minute): count
        for minute, count in added_once(
            (fact_no, minute) for fact_no, minute in facts if minute is not None
        ).items()
    }
    held = series.read(partition, added)

    def one_by_one() -> dict[str, list[int]]:
        adds: list[tuple[int, Mapping[str, Sequence[int]]]] = [
            (fact_no, {} if minute is None else {str(minute): (1,)}) for fact_no, minute in facts
        ]
        return apply_sums(held, cursor, adds)

    changed = apply_added(held, cursor, added, one_by_one)
    await series.write(partition, changed, oldest(now))


def _signup_minute(fact: AccountFact, now: float) -> int | None:
    return minute_of(fact.created_at, now) if isinstance(fact, records.AccountCreated) else None


def minute_of(text: str, now: float) -> int | None:
    """The bucket of a time; None when the time is refused, PoisonMessage when it is none.

    `now` is in seconds since 1970.
    """
    try:
        if _SECONDS.fullmatch(text, _MINUTE_END):
            return bucket(_begin_of(text[:_MINUTE_END]), now)
        return bucket(from_text(text).timestamp(), now)
    except ValueError as error:
        raise PoisonMessage(str(error)) from error


@lru_cache(maxsize=1024)
def _begin_of(minute: str) -> float:
    """When `2026-11-21T12:00` began; the facts of a batch are of few minutes."""
    return from_text(f"{minute}:00Z").timestamp()
