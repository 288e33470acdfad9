"""Dictionaries and generations of the live tables, as they stand on kakao.stats.generation.EVENT.

All its records are in one partition, so that everybody folds them in one order. A worker reads the
topic before its app is made, since the group and the tables are those of a generation; then it
follows it.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

from chatstream.domain.backoff import Backoff
from chatstream.domain.dictionary import WordLists, word_lists
from chatstream.domain.generations import Counting, Generation, Generations
from chatstream.domain.times import now_text
from chatstream.errors import ConfigurationError, TransientFailure, invalid
from chatstream.settings import KafkaSettings, Settings
from infra.kafka.commands import produce
from infra.kafka.single_partition import LARGEST, outgoing
from infra.retrying import retried, warn
from schemas import records
from schemas.contexts.stats import GENERATION
from tables.followed.fold import Followed, Follower, read_all

log = logging.getLogger(__name__)

TOPIC = GENERATION.event
FIRST = 0.2
MOST = 2.0


class KnownGenerations:
    """What this process knows."""

    def __init__(self) -> None:
        self.now = Generations()
        self.followed = Followed(TOPIC, lambda _, record: fold(self.now, record))


class GenerationTail(Follower):
    """Follows the topic in a stats worker that counts the generation `own`."""

    def __init__(self, settings: KafkaSettings, own: Generation) -> None:
        self.own = own
        self.known = KnownGenerations()
        super().__init__(settings, self.known.followed, settings.background_fetch_interval)

    def serves(self) -> bool:
        """Whether this worker's generation is the one that serves.

        Raises TransientFailure until the topic is read.
        """
        if not self.ready.is_set():
            raise TransientFailure("it is not known yet which generation serves")
        return self.known.now.serving.number == self.own.number

    async def until_superseded(self) -> Generation:
        """Returns when a newer generation serves, with it."""
        await self.followed.until(lambda: self.known.now.serving.number > self.own.number)
        return self.known.now.serving


def fold(known: Generations, record: records.GenerationEvent) -> None:
    """Apply one record; INVALID_INPUT when it holds a dictionary that is none."""
    match record:
        case records.DictionaryChanged():
            value = {"words": record.words, "stopWords": record.stop_words}
            known.change_dictionary(record.version, word_lists(value), record.request_id)
        case records.GenerationPlanned():
            planned = Generation(record.generation, record.dictionary)
            known.plan(planned, record.request_id)
        case records.GenerationActivated():
            known.activate(record.generation, record.builder or "", record.request_id)


async def read(settings: KafkaSettings) -> Generations:
    """All that is on the topic now; TransientFailure when the broker does not answer."""
    known = KnownGenerations()
    await read_all(settings, known.followed)
    return known.now


async def write(
    settings: KafkaSettings, record: records.GenerationEvent
) -> tuple[Generations, bool]:
    """Put a record on the topic; what it says then, and whether the record counts.

    It does not when another one was faster. TransientFailure as `read`: the record may be there.
    """
    await produce(settings, [outgoing(TOPIC, record, settings.partitions)])
    known = await read(settings)
    return known, known.has_accepted(record.request_id)


async def read_into(settings: KafkaSettings, known: KnownGenerations) -> None:
    """Apply all that is on the topic now, as soon as the broker answers; idempotent."""
    told = warn(log, "looking which generation serves")
    await retried(lambda: read_all(settings, known.followed), Backoff(FIRST, MOST), told=told)


async def _read_patiently(settings: KafkaSettings) -> Generations:
    told = warn(log, "looking which generation to count")
    return await retried(lambda: read(settings), Backoff(FIRST, MOST), told=told)


def counting_at_start(settings: Settings) -> Counting:
    """What a stats worker counts: the generation of its settings, else the one that serves.

    Blocks until the broker answers. ConfigurationError for a generation that nobody planned.
    """
    # A loop of its own, which is never the thread's: Faust makes the one that it runs on.
    loop = asyncio.new_event_loop()
    try:
        known = loop.run_until_complete(_read_patiently(settings.kafka))
    finally:
        loop.close()
    number = settings.stats.generation
    try:
        return known.counting(known.serving.number if number is None else number)
    except KeyError as error:
        raise ConfigurationError(
            f"CHATSTREAM_STATS__GENERATION: there is no generation {number} on {TOPIC.name};"
            " leave it out, `python -m chatstream stats rebuild` makes generations"
        ) from error


def dictionary_record(version: int, lists: WordLists) -> records.DictionaryChanged:
    """The record of a version of the dictionary; INVALID_INPUT when no record can hold it."""
    packed = lists.pack()
    record = records.DictionaryChanged(
        request_id=str(uuid4()),
        version=version,
        words=packed["words"],
        stop_words=packed["stopWords"],
        at=now_text(),
    )
    if len(records.encode(record)) > LARGEST:
        raise invalid("dictionary", f"must have at most {LARGEST} bytes with both lists together")
    return record


def plan_record(generation: Generation) -> records.GenerationPlanned:
    """The record that plans a generation."""
    return records.GenerationPlanned(
        request_id=str(uuid4()),
        generation=generation.number,
        dictionary=generation.dictionary,
        at=now_text(),
    )


def activation_record(number: int, builder: str | None) -> records.GenerationActivated:
    """The record by which a generation serves; see GenerationActivated."""
    return records.GenerationActivated(
        request_id=str(uuid4()), generation=number, builder=builder, at=now_text()
    )
