"""Windows remember what the rule needs and never more."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.abuse.policy import Limit
from chatstream.domain.abuse.windows import added, free_at, near, recent, room_for

LIMITS = st.builds(Limit, st.integers(1, 8), st.floats(0.5, 100))
MOMENTS = st.lists(st.floats(0, 1000), max_size=60)


@given(LIMITS, MOMENTS)
def test_a_window_never_grows_over_its_bound(limit: Limit, moments: list[float]) -> None:
    times: tuple[float, ...] = ()
    for now in moments:
        times = added(times, limit, now, more=3)
        assert len(times) <= limit.count
        assert recent(times, limit, now) == times


@given(LIMITS, MOMENTS)
def test_no_window_ever_holds_more_than_the_limit_allows(
    limit: Limit, moments: list[float]
) -> None:
    times: tuple[float, ...] = ()
    passed: list[float] = []
    for now in sorted(moments):
        if room_for(times, limit, now):
            times = added(times, limit, now)
            passed.append(now)
    for now in passed:
        assert sum(0 <= now - at < limit.seconds for at in passed) <= limit.count


@given(LIMITS, MOMENTS, st.integers(0, 3))
def test_a_window_is_the_newest_of_all_that_are_near_though_the_clock_goes_back(
    limit: Limit, moments: list[float], more: int
) -> None:
    times: tuple[float, ...] = ()
    for now in moments:
        every = sorted([*times, *[now] * more])
        times = added(times, limit, now, more)
        assert times == tuple([at for at in every if near(at, now, limit.seconds)][-limit.count :])


@given(LIMITS, MOMENTS)
def test_there_is_room_when_it_is_told(limit: Limit, moments: list[float]) -> None:
    times: tuple[float, ...] = ()
    for now in sorted(moments):
        times = added(times, limit, now)
        at = free_at(times, limit, now)
        assert at >= now
        # A float may round the end of the window down by one step.
        assert room_for(times, limit, math.nextafter(at, math.inf) + 1e-9)


def test_a_clock_that_goes_back_a_little_forgets_nothing() -> None:
    limit = Limit(1, 10.0)
    assert not room_for((100.0,), limit, 95.0)
    assert room_for((100.0,), limit, 90.0)


def test_a_limit_of_none_lets_nothing_through() -> None:
    limit = Limit(0, 10.0)
    assert not room_for((), limit, 0.0)
    assert added((), limit, 0.0) == ()
    assert free_at((), limit, 0.0) == math.inf
