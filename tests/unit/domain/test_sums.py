"""Sums over a fact line: each fact counts once, alone or together with others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.sums import (
    added_once,
    added_to_words,
    apply_added,
    apply_sums,
)

WORDS = ("tea", "milk", "커피")


def test_sums_count_each_fact_once() -> None:
    one = (1,)
    facts = [(9, {"7": one}), (10, {"7": one}), (11, {"8": one}), (11, {"8": one})]
    assert apply_sums({"7": [4, 9]}, 8, facts) == {"7": [5, 10], "8": [1, 11]}
    assert apply_sums({"7": [4, 9, 2]}, 9, [(10, {"7": (1, 0), "8": (2, 2)})]) == {
        "7": [5, 10, 2],
        "8": [2, 10, 2],
    }


def test_a_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="fact 3 follows 1"):
        apply_sums({}, 1, [(3, {"0": (1,)})])


def test_a_fact_that_adds_nothing_leaves_no_gap() -> None:
    assert apply_sums({"7": [4, 9]}, 9, [(10, {}), (11, {"7": (1,)})]) == {"7": [5, 11]}


def test_what_facts_name_once_each_is_counted_with_the_last_of_them() -> None:
    assert added_once([(4, "a"), (5, "b"), (7, "a")]) == {"a": [2, 7], "b": [1, 5]}


@given(st.integers(0))
def test_together_gives_what_fact_by_fact_gives(seed: int) -> None:
    rng = random.Random(seed)
    facts = [
        (number, rng.choice("ab"), {w: rng.randint(-2, 3) for w in rng.sample(WORDS, 2)})
        for number in range(5, 5 + rng.randint(1, 8))
    ]
    held = {
        room + word: [rng.randint(0, 9), rng.randint(1, rng.choice((4, 4, 9)))]
        for room in "ab"
        for word in WORDS
        if rng.random() < 0.5
    }
    adds = [
        (number, {room + word: (times,) for word, times in words.items()})
        for number, room, words in facts
    ]
    before = {key: list(value) for key, value in held.items()}
    touched = {key: held[key] for _, added in adds for key in added if key in held}
    expected = apply_sums(touched, 4, adds)
    found = apply_added(touched, 4, added_to_words(facts), lambda: expected)
    assert found == expected
    assert held == before


def test_values_that_are_ahead_of_the_cursor_are_counted_fact_by_fact() -> None:
    held = {"a": [4, 9]}
    assert apply_added(held, 9, {"a": [1, 10]}, dict) == {"a": [5, 10]}
    assert apply_added(held, 8, {"a": [2, 10]}, lambda: {"a": [5, 10]}) == {"a": [5, 10]}
