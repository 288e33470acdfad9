"""The topic of generations: its records, what a worker knows of it, and when it is superseded."""

from __future__ import annotations

import asyncio

import pytest

from chatstream.domain.dictionary import WordLists
from chatstream.domain.generations import Counting, Generation, Generations
from chatstream.errors import ConfigurationError, TransientFailure, UserError
from chatstream.settings import KafkaSettings, Settings
from chatstream.settings_groups import StatsSettings
from infra.kafka.single_partition import home, outgoing
from schemas import records
from tables.followed import generations
from tables.followed.generations import TOPIC, GenerationTail, KnownGenerations

LISTS = WordLists(frozenset({"아아메"}), frozenset({"커피"}))
OWN = Generation(1, 1)


def told(known: KnownGenerations, *found: records.GenerationEvent) -> None:
    for record in found:
        known.followed.on_record(0, b"generation", records.encode(record))


def switched(known: KnownGenerations, number: int = 1) -> None:
    """A dictionary, a generation by it, and that it serves."""
    told(
        known,
        generations.dictionary_record(1, LISTS),
        generations.plan_record(Generation(number, 1)),
        generations.activation_record(number, "http://builder"),
    )


def test_records_say_which_generation_serves_by_which_words() -> None:
    known = KnownGenerations()
    switched(known)
    assert known.now.counting(known.now.serving.number) == Counting(OWN, LISTS)
    assert known.now.builder == "http://builder"
    told(known, generations.activation_record(1, None))
    assert known.now.builder == ""


def test_what_cannot_be_read_changes_nothing() -> None:
    known = KnownGenerations()
    wrong = records.DictionaryChanged(
        request_id="1", version=1, words=["two words"], stop_words=[], at=""
    )
    known.followed.on_record(0, b"", b"{")
    told(known, wrong)
    assert known.now.dictionary == 0
    told(known, generations.dictionary_record(1, LISTS))
    assert known.now.lists(1) == LISTS


def test_every_record_goes_to_one_partition() -> None:
    places = {
        outgoing(TOPIC, record, 8).partition
        for record in (
            generations.plan_record(OWN),
            generations.activation_record(1, None),
            generations.dictionary_record(1, LISTS),
        )
    }
    assert places == {home(TOPIC, 8)}


def test_a_dictionary_that_no_record_can_hold_is_refused() -> None:
    many = frozenset(f"{'가' * 35}{n:04}" for n in range(9000))
    with pytest.raises(UserError, match="bytes"):
        generations.dictionary_record(1, WordLists(many))


async def test_a_worker_does_not_say_whether_it_serves_before_the_topic_is_read() -> None:
    tail = GenerationTail(KafkaSettings(), OWN)
    with pytest.raises(TransientFailure):
        tail.serves()
    tail.ready.set()
    assert not tail.serves()
    switched(tail.known)
    assert tail.serves()


async def test_a_worker_is_superseded_by_a_newer_generation_alone() -> None:
    tail = GenerationTail(KafkaSettings(), OWN)
    task = asyncio.create_task(tail.until_superseded())
    switched(tail.known)
    await asyncio.sleep(0)
    assert not task.done()
    switched(tail.known, number=3)
    assert (await task).number == 3


def test_the_settings_or_the_topic_say_what_a_worker_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = KnownGenerations()
    switched(known)
    answers: list[Generations | Exception] = []

    async def read(_: KafkaSettings) -> Generations:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(generations, "read", read)
    monkeypatch.setattr(generations, "FIRST", 0.0)
    answers += [TransientFailure("away"), known.now]
    assert generations.counting_at_start(Settings()) == Counting(OWN, LISTS)
    answers.append(known.now)
    first = Settings(stats=StatsSettings(generation=0))
    assert generations.counting_at_start(first) == Counting()
    answers.append(known.now)
    with pytest.raises(ConfigurationError, match="no generation 7"):
        generations.counting_at_start(Settings(stats=StatsSettings(generation=7)))
