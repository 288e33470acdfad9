"""Burrow's rules, each by its own case, and what holds of any window."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatstream.domain.lag.states import (
    Commit,
    LagState,
    Sampling,
    gravity,
    seconds_to_catch_up,
    state_of,
    worst,
)

EVERY_TEN = Sampling(length=5, interval=10.0)
NOW = 1_000.0


def window(offsets: Sequence[int], lags: Sequence[int], until: float = NOW) -> list[Commit]:
    """Commits ten seconds apart, the last one at `until`."""
    first = until - 10.0 * (len(offsets) - 1)
    return [
        Commit(offset, first + 10.0 * number, lag)
        for number, (offset, lag) in enumerate(zip(offsets, lags, strict=True))
    ]


def judged(
    offsets: Sequence[int],
    lags: Sequence[int],
    *,
    since: float = 0.0,
    ends: Sequence[int] = (),
    lag: int | None = None,
) -> LagState:
    """The state `since` seconds after the last commit."""
    found = window(offsets, lags)
    told = ends or [each.offset + each.lag for each in found]
    return state_of(found, told, lags[-1] if lag is None else lag, NOW + since, EVERY_TEN)


UP = (10, 20, 30, 40, 50)
STILL = (10, 10, 10, 10, 10)


@pytest.mark.parametrize(
    ("offsets", "lags", "state"),
    [
        pytest.param(UP, (5, 6, 7, 8, 9), LagState.WARN, id="goes on, and falls behind"),
        pytest.param(UP, (5, 5, 5, 5, 5), LagState.WARN, id="goes on, and comes no nearer"),
        pytest.param(UP, (5, 6, 5, 8, 9), LagState.OK, id="its lag fell once"),
        pytest.param(UP, (5, 6, 0, 8, 9), LagState.OK, id="it was at the end once"),
        pytest.param(STILL, (5, 6, 7, 8, 9), LagState.STALL, id="stands still"),
        pytest.param(STILL, (5, 5, 5, 5, 5), LagState.STALL, id="stands still, nothing new comes"),
        pytest.param(STILL, (0, 6, 7, 8, 9), LagState.OK, id="it was at the end a moment ago"),
        pytest.param((10, 20, 30, 5, 8), (5, 5, 5, 40, 40), LagState.REWIND, id="went back"),
        pytest.param((10, 20, 30, 5, 31), (5, 5, 5, 40, 9), LagState.OK, id="back where it was"),
        pytest.param((10, 20, 30, 5, 8), (0, 0, 0, 40, 0), LagState.OK, id="has caught up"),
        pytest.param((10, 30, 5, 8), (0, 0, 40, 40), LagState.REWIND, id="not full, went back"),
        pytest.param(STILL[1:], (5, 6, 7, 8), LagState.OK, id="not full: who knows"),
    ],
)
def test_a_window_tells_how_a_reader_does(
    offsets: Sequence[int], lags: Sequence[int], state: LagState
) -> None:
    assert judged(offsets, lags) == state


@pytest.mark.parametrize(
    ("since", "ends", "state"),
    [
        (40.0, (60, 70), LagState.WARN),
        (40.1, (60, 70), LagState.STOP),
        # The last end of those that were seen is where it committed: the records came after that.
        (40.1, (50, 70), LagState.WARN),
    ],
)
def test_a_reader_has_stopped_when_its_last_commit_is_older_than_its_window_is_long(
    since: float, ends: Sequence[int], state: LagState
) -> None:
    assert judged(UP, (5, 6, 7, 8, 9), since=since, ends=ends) == state


def test_a_single_commit_stops_only_after_a_whole_window() -> None:
    assert judged((10,), (5,), since=40.0) == LagState.OK
    assert judged((10,), (5,), since=41.0) == LagState.STOP


def test_without_a_commit_nothing_is_known() -> None:
    assert state_of([], [5], 5, NOW, EVERY_TEN) == LagState.OK


WINDOWS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8).map(
    lambda pairs: ([offset for offset, _ in pairs], [lag for _, lag in pairs])
)
WAITED = st.floats(0, 1_000)


@given(WINDOWS, WAITED)
def test_whoever_is_at_the_end_is_well(found: tuple[list[int], list[int]], since: float) -> None:
    assert judged(*found, since=since, lag=0) == LagState.OK


@given(WINDOWS, WAITED)
def test_neither_a_stall_nor_a_warning_when_it_was_at_the_end_in_the_window(
    found: tuple[list[int], list[int]], since: float
) -> None:
    assume(0 in found[1])
    assert judged(*found, since=since, lag=7) not in {LagState.STALL, LagState.WARN}


@given(WINDOWS, WAITED, st.integers(0, 10**12))
def test_only_differences_of_offsets_count(
    found: tuple[list[int], list[int]], since: float, more: int
) -> None:
    offsets, lags = found
    assert judged(offsets, lags, since=since) == judged(
        [each + more for each in offsets], lags, since=since
    )


@given(st.integers(0, 9), st.lists(st.integers(1, 50), min_size=5, max_size=5))
def test_a_stall_is_a_full_window_of_one_offset_and_nothing_else(
    offset: int, lags: list[int]
) -> None:
    assert judged([offset] * 5, lags) == LagState.STALL
    assert judged([offset] * 4 + [offset + 1], lags) != LagState.STALL
    assert judged([offset] * 4, lags[:4]) == LagState.OK


@given(WINDOWS)
def test_whoever_never_commits_again_has_stopped_at_last(
    found: tuple[list[int], list[int]],
) -> None:
    offsets, lags = found
    ends = [offsets[-1] + 1]
    assert judged(offsets, lags, lag=1, ends=ends, since=10_000.0) == LagState.STOP


@given(st.lists(st.sampled_from(list(LagState)), max_size=6))
def test_the_worst_is_one_of_them_and_none_is_graver(states: list[LagState]) -> None:
    found = worst(states)
    assert found in [*states, LagState.OK]
    assert all(gravity(each) <= gravity(found) for each in states)


def test_time_to_catch_up_goes_by_how_fast_the_lag_fell() -> None:
    falling = window(UP, (100, 90, 80, 70, 60))
    assert seconds_to_catch_up(falling, 60) == 60.0
    assert seconds_to_catch_up(window(UP, (60, 60, 60, 60, 60)), 60) is None
    assert seconds_to_catch_up(window(UP, (5, 6, 7, 8, 9)), 9) is None
    assert seconds_to_catch_up(window(UP, (5, 6, 0, 8, 9)), 9) == 0.0
    assert seconds_to_catch_up(window((10,), (5,)), 5) is None
    assert seconds_to_catch_up(falling, 0) == 0.0


@given(WINDOWS, st.integers(0, 100))
def test_a_time_to_catch_up_is_never_in_the_past(
    found: tuple[list[int], list[int]], lag: int
) -> None:
    seconds = seconds_to_catch_up(window(*found), lag)
    assert seconds is None or seconds >= 0
