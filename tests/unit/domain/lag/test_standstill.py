"""When a worker that does not get on is to be ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.lag.standstill import Standstill, may_end

A, B = ("t", 0), ("t", 1)


def test_a_partition_without_a_commit_for_so_long_stands_still() -> None:
    rule = Standstill(60.0)
    assert rule.look(0, {A: (5, 9), B: (5, 9)}, is_excused=False) == []
    assert rule.look(59, {A: (5, 9), B: (6, 9)}, is_excused=False) == []
    assert rule.look(60, {A: (5, 12), B: (6, 9)}, is_excused=False) == [A]
    assert rule.look(119, {A: (6, 12), B: (6, 9)}, is_excused=False) == [B]


def test_who_has_read_everything_does_not_stand_still() -> None:
    rule = Standstill(60.0)
    for now in range(0, 600, 30):
        assert rule.look(now, {A: (9, 9)}, is_excused=False) == []
    rule.look(600, {A: (9, 10)}, is_excused=False)
    assert rule.look(659, {A: (9, 10)}, is_excused=False) == []
    assert rule.look(660, {A: (9, 10)}, is_excused=False) == [A]


def test_a_store_that_is_away_excuses_and_the_time_begins_anew_when_it_is_back() -> None:
    rule = Standstill(60.0)
    for now in range(0, 600, 30):
        assert rule.look(now, {A: (5, 9)}, is_excused=True) == []
    assert rule.look(629, {A: (5, 9)}, is_excused=False) == []
    assert rule.look(630, {A: (5, 9)}, is_excused=False) == [A]


def test_a_partition_that_came_back_begins_anew() -> None:
    rule = Standstill(60.0)
    rule.look(0, {A: (5, 9)}, is_excused=False)
    rule.look(30, {}, is_excused=False)
    assert rule.look(60, {A: (5, 9)}, is_excused=False) == []
    rule.forget()
    assert rule.look(120, {A: (5, 9)}, is_excused=False) == []


LOOKS = st.lists(
    st.tuples(st.floats(0.1, 40), st.integers(0, 2), st.integers(0, 3), st.booleans()), max_size=30
)


@given(LOOKS)
def test_nobody_stands_still_who_committed_or_was_excused_within_the_patience(
    looks: list[tuple[float, int, int, bool]],
) -> None:
    rule, now, committed, end, since = Standstill(60.0), 0.0, 0, 0, 0.0
    for seconds, read, more, is_excused in looks:
        now += seconds
        end += more
        moved = min(end, committed + read)
        if moved != committed or moved == end or is_excused:
            since = now
        committed = moved
        found = rule.look(now, {A: (committed, end)}, is_excused=is_excused)
        assert not found or now - since >= 60.0
        if found:
            assert committed < end


def test_a_worker_ends_itself_at_most_once_in_a_pause() -> None:
    assert may_end([], 1_000, 600)
    assert not may_end([1_000], 1_599, 600)
    assert may_end([1_000], 1_600, 600)
    assert not may_end([10, 1_000], 1_001, 600)
    # The clock was put back: what lies ahead is no time of ours.
    assert may_end([2_000], 1_000, 600)
