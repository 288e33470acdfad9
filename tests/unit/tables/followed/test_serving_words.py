"""Words by the dictionary of whichever generation serves."""

from __future__ import annotations

from chatstream.domain.dictionary import WordLists
from chatstream.domain.generations import Generation
from schemas import records
from tables.followed import generations
from tables.followed.generations import KnownGenerations
from tables.followed.serving_words import ServingWords

LISTS = WordLists(frozenset({"아아메"}), frozenset({"커피"}))
TEXT = "아아메를 커피처럼"


def told(known: KnownGenerations, *found: records.GenerationEvent) -> None:
    for record in found:
        known.followed.on_record(0, b"generation", records.encode(record))


def test_words_are_those_of_the_generation_that_serves_from_its_activation_on() -> None:
    known = KnownGenerations()
    words = ServingWords(known)
    before = set(words.count(TEXT))
    assert "커피" in before
    assert "아아메" not in before
    told(
        known,
        generations.dictionary_record(1, LISTS),
        generations.plan_record(Generation(1, 1)),
    )
    assert set(words.count(TEXT)) == before
    told(known, generations.activation_record(1, None))
    assert set(words.count(TEXT)) == {"아아메"}


def test_what_was_read_before_the_start_and_is_read_again_changes_nothing() -> None:
    known = KnownGenerations()
    words = ServingWords(known)
    found = (
        generations.dictionary_record(1, LISTS),
        generations.plan_record(Generation(1, 1)),
        generations.activation_record(1, None),
    )
    told(known, *found, *found)
    assert set(words.count(TEXT)) == {"아아메"}
