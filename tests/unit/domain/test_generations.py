"""Generations: of records that were written at once the first counts, and none goes back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.dictionary import NO_WORDS, WordLists
from chatstream.domain.generations import FIRST, Counting, Generation, Generations

TEA, RIVER = WordLists(frozenset({"tea"})), WordLists(frozenset({"river"}))
NUMBERS = st.integers(0, 4)
RECORDS = st.lists(
    st.one_of(
        st.tuples(st.just("change_dictionary"), NUMBERS, st.sampled_from([TEA, RIVER])),
        st.tuples(st.just("plan"), st.builds(Generation, NUMBERS, NUMBERS)),
        st.tuples(st.just("activate"), NUMBERS, st.sampled_from(["", "http://builder"])),
    ),
    max_size=20,
)


def test_at_first_generation_0_serves_without_own_words() -> None:
    known = Generations()
    assert known.counting(known.serving.number) == FIRST
    assert (known.dictionary, known.lists(0), known.next_number) == (0, NO_WORDS, 1)


def test_of_two_changes_of_one_version_the_first_counts() -> None:
    known = Generations()
    known.change_dictionary(1, TEA, "a")
    known.change_dictionary(1, RIVER, "b")
    assert (known.lists(1), known.dictionary) == (TEA, 1)
    assert known.has_accepted("a")
    assert not known.has_accepted("b")


def test_a_generation_keeps_the_dictionary_it_was_planned_with() -> None:
    known = Generations()
    known.change_dictionary(1, TEA, "a")
    known.plan(Generation(1, 1), "b")
    known.change_dictionary(2, RIVER, "c")
    known.plan(Generation(1, 2), "d")
    assert known.counting(1) == Counting(Generation(1, 1), TEA)
    assert not known.has_accepted("d")


def test_what_was_never_planned_neither_serves_nor_is_counted() -> None:
    known = Generations()
    known.plan(Generation(1, 9), "a")
    known.activate(1, "", "b")
    assert known.serving == Generation()
    with pytest.raises(KeyError):
        known.counting(1)


def test_a_slow_rebuild_does_not_take_a_newer_one_back() -> None:
    known = Generations()
    known.plan(Generation(1), "a")
    known.plan(Generation(2), "b")
    known.activate(2, "http://b", "c")
    known.activate(1, "http://a", "d")
    assert (known.serving.number, known.builder) == (2, "http://b")
    assert known.superseded(2) == [0, 1]
    known.activate(2, "", "e")
    assert (known.serving.number, known.builder) == (2, "")


@given(RECORDS)
def test_whatever_is_written_what_serves_is_known_and_never_goes_back(found: Any) -> None:
    known = Generations()
    before = 0
    for at, (name, *values) in enumerate(found):
        getattr(known, name)(*values, str(at))
        counting = known.counting(known.serving.number)
        assert counting.lists == known.lists(counting.generation.dictionary)
        assert known.serving.number >= before
        before = known.serving.number
