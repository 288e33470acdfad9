"""What a copy lacks: exactly what changed since the fact it has come to, or that nobody knows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.copying import Pending


def test_what_changed_is_pending_until_the_copy_has_come_there() -> None:
    pending = Pending.at(4)
    pending.changed([(5, "a"), (6, "b"), (7, "a")])
    assert (pending.since, pending.upto, pending.posts) == (4, 7, {"a": 7, "b": 6})
    pending.confirmed(6)
    assert (pending.since, pending.upto, pending.posts) == (6, 7, {"a": 7})
    pending.confirmed(9)
    assert (pending.since, pending.posts) == (9, {})


def test_repeats_change_nothing() -> None:
    pending = Pending.at(0)
    pending.changed([(1, "a"), (2, "a")])
    pending.changed([(1, "a"), (2, "a")])
    assert (pending.upto, pending.posts) == (2, {"a": 2})


def test_after_a_gap_only_what_follows_it_is_known() -> None:
    pending = Pending.at(4)
    pending.changed([(5, "a")])
    pending.changed([(9, "b")])
    assert (pending.since, pending.upto, pending.posts) == (8, 9, {"b": 9})


def test_of_what_was_given_only_that_which_changed_since_is_pending() -> None:
    pending = Pending.at(0)
    pending.changed([(1, "a"), (2, "b"), (3, "c")])
    pending.given(["a", "b", "d"], 1)
    assert (pending.since, pending.posts) == (0, {"b": 2, "c": 3})


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
def test_whoever_is_at_since_is_given_all_that_it_lacks(acts: list[tuple[str, int]]) -> None:
    pending, line = Pending.at(0), [""]
    for post, act in acts:
        if act:
            line.append(post)
            pending.changed([(len(line) - 1, post)])
        else:
            pending.confirmed((pending.since + pending.upto) // 2)
        assert set(pending.posts) >= set(line[pending.since + 1 :])
        assert all(line[number] == name for name, number in pending.posts.items())
