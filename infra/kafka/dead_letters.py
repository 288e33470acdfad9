"""Dead letters on Kafka: read beside everybody else, put back, given up.

Of the letters only what their headers say is held in memory, and each call reads what is new. The
state of a letter is what the records of `kakao.log.deadLetter.EVENT` say of it: whoever replays
tells it there first, reads back what was told of the letter, and puts the record back only when its
own replay is the one that stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from uuid_utils.compat import uuid7

from chatstream.domain.dead_letters import (
    LETTER,
    READER,
    REPLAY,
    DeadLetter,
    Original,
    Place,
    letter_of,
    original_of,
    place_of,
)
from chatstream.domain.letter_states import (
    KeptLetter,
    LetterBook,
    LetterState,
    LettersWanted,
    ReplayOutcome,
)
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.dead_letters import After, LetterPage, WholeLetter
from chatstream.ports.topics import HeldRecord, RecordsWanted, TopicReader
from infra.kafka.letter_events import letter_event, told_in
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.catalogue import TOPICS
from schemas.contexts.log import DEAD_LETTER
from schemas.contexts.log import REPLAY as REPLAYS
from schemas.streams import Kind

Put = Callable[[Sequence[Outgoing]], Awaitable[None]]

LETTER_TOPICS = tuple(topic.name for topic in TOPICS if topic.kind is Kind.DLQ)
EVENTS = DEAD_LETTER.event.name
AGAIN = 0.25
"""Seconds between two looks for an outcome."""
_SLICE = 500
_SOURCES = {topic.name: topic.kind for topic in TOPICS if topic.kind is not Kind.DLQ}


class KafkaDeadLetters:
    """See chatstream.ports.dead_letters.DeadLetters; `put` is durable when it returns."""

    def __init__(self, topics: TopicReader, put: Put, partitions: int) -> None:
        self._topics = topics
        self._put = put
        self._partitions = partitions
        self._book = LetterBook()
        self._read: dict[tuple[str, int], int] = {}
        self._turn = asyncio.Lock()

    async def book(self) -> LetterBook:
        """Every letter as it is now; what is new is read."""
        async with self._turn:
            spans = await self._topics.spans([*LETTER_TOPICS, EVENTS])
            for topic, found in spans.items():
                bounds = {}
                for span in found:
                    place = (topic, span.partition)
                    if topic != EVENTS:
                        self._book.forget_before(topic, span.partition, span.begin)
                    bounds[span.partition] = max(self._read.get(place, 0), span.begin)
                if any(bounds[span.partition] < span.end for span in found):
                    await self._read_on(topic, bounds)
        return self._book

    async def _read_on(self, topic: str, bounds: dict[int, int]) -> None:
        more: dict[int, int] | None = bounds
        while more is not None:
            wanted = RecordsWanted(
                topic=topic,
                partitions=tuple(more),
                limit=_SLICE,
                is_forward=True,
                bounds=more,
            )
            found = await self._topics.read(wanted)
            for record in found.records:
                self._take(topic, record)
            more = None if found.bounds is None else dict(found.bounds)

    def _take(self, topic: str, record: HeldRecord) -> None:
        self._read[topic, record.partition] = record.offset + 1
        if topic == EVENTS:
            for told in told_in(record):
                self._book.tell(told)
        else:
            self._book.keep(_letter(topic, record))

    async def page(self, wanted: LettersWanted, after: After | None, limit: int) -> LetterPage:
        """See the port."""
        book = await self.book()
        found, has_more = book.page(wanted, after, limit)
        last = found[-1].letter if has_more else None
        next_after = None if last is None else (last.at, last.place)
        return LetterPage(found, next_after, book.forgotten)

    async def one(self, letter_id: str) -> WholeLetter | None:
        """See the port."""
        record = await self._record(letter_id)
        if record is None:
            return None
        place = place_of(letter_id)
        assert place is not None  # noqa: S101 (a record was found there)
        book = await self.book()
        letter = _letter(place.topic, record)
        return WholeLetter(KeptLetter(letter, book.fate_of(letter.id)), _original(record))

    async def replay(self, letter_id: str, by: str | None, reader: str | None = None) -> KeptLetter:
        """See the port."""
        record, kept = await self._known(letter_id)
        if not _may_be_replayed(kept):
            return kept
        replay_id = str(uuid7())
        outgoing = put_back(kept.letter, record, replay_id, reader)
        event = records.DeadLetterReplayed(
            event_id=replay_id, at=now_text(), dead_letter_id=letter_id, account_id=by
        )
        await self._put([letter_event(event, self._partitions)])
        fate = (await self.book()).fate_of(letter_id)
        if fate.replay_id == replay_id and fate.outcome is ReplayOutcome.UNKNOWN:
            await self._put([outgoing])
        return KeptLetter(kept.letter, fate)

    async def drop(self, letter_id: str, by: str | None, reason: str) -> KeptLetter:
        """See the port."""
        _, kept = await self._known(letter_id)
        if kept.fate.state is LetterState.DROPPED or kept.fate.outcome is ReplayOutcome.DONE:
            return kept
        event = records.DeadLetterDropped(
            event_id=str(uuid7()),
            at=now_text(),
            dead_letter_id=letter_id,
            account_id=by,
            reason=reason,
        )
        await self._put([letter_event(event, self._partitions)])
        return KeptLetter(kept.letter, (await self.book()).fate_of(letter_id))

    async def outcome(self, letter_id: str, within: float) -> KeptLetter:
        """See the port."""
        ends = time.monotonic() + within
        _, kept = await self._known(letter_id)
        while kept.fate.outcome is ReplayOutcome.UNKNOWN and time.monotonic() < ends:
            await asyncio.sleep(AGAIN)
            kept = KeptLetter(kept.letter, (await self.book()).fate_of(letter_id))
        return kept

    async def _known(self, letter_id: str) -> tuple[HeldRecord, KeptLetter]:
        record = await self._record(letter_id)
        place = place_of(letter_id)
        if record is None or place is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such dead letter")
        fate = (await self.book()).fate_of(letter_id)
        return record, KeptLetter(_letter(place.topic, record), fate)

    async def _record(self, letter_id: str) -> HeldRecord | None:
        place = place_of(letter_id)
        if place is None or place.topic not in LETTER_TOPICS:
            return None
        if place.partition >= self._partitions or str(place) != letter_id:
            return None
        wanted = RecordsWanted(
            topic=place.topic,
            partitions=(place.partition,),
            limit=1,
            is_forward=True,
            bounds={place.partition: place.offset},
        )
        found = (await self._topics.read(wanted)).records
        return found[0] if found and found[0].offset == place.offset else None


def put_back(
    letter: DeadLetter, record: HeldRecord, replay_id: str, reader: str | None
) -> Outgoing:
    """The record as it is put back: a wish on its topic, anything else for its reader alone.

    INVALID_INPUT when the letter does not say where it lay, or which reader failed.
    """
    source = letter.source
    kind = None if source is None else _SOURCES.get(source.topic)
    if source is None or kind is None:
        raise invalid("deadLetterId", "does not say on which topic its record was")
    marks = ((LETTER, letter.id.encode()), (REPLAY, replay_id.encode()))
    if kind is Kind.REQUEST:
        original = _original(record)
        headers = (*original.headers, *marks)
        return _outgoing(source.topic, source, original.key, original.value, headers)
    failed = letter.reader or reader
    if failed is None:
        raise invalid("reader", "is required: the letter does not say which agent failed")
    told = tuple(pair for pair in record.headers if pair[0] != READER)
    headers = ((READER, failed.encode()), *told, *marks)
    return _outgoing(REPLAYS.event.name, source, record.key, record.value, headers)


def _outgoing(
    topic: str,
    source: Place,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes], ...],
) -> Outgoing:
    return Outgoing(topic, source.partition, key, value, headers)


def _may_be_replayed(kept: KeptLetter) -> bool:
    """Not while a replay is under way, nor when there is nothing to gain by it."""
    fate = kept.fate
    if fate.state is LetterState.DROPPED or fate.is_under_way(round(time.time() * 1000)):
        return False
    return fate.outcome not in (ReplayOutcome.DONE, ReplayOutcome.DEAD_LETTERED)


def _letter(topic: str, record: HeldRecord) -> DeadLetter:
    place = Place(topic, record.partition, record.offset)
    return letter_of(place, record.at, record.key, len(record.value or b""), record.headers)


def _original(record: HeldRecord) -> Original:
    return original_of(record.key, record.value, record.headers)
