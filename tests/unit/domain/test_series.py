"""Series: which minute an event is counted in, sums of minutes, the points of a question."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatstream.domain.series import AHEAD, KEPT, MARGIN, MOST_POINTS, Minutes, bucket, oldest, span
from chatstream.errors import UserError

NOW = 1_795_262_430.5
MINUTE = int(NOW // 60)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOW, MINUTE),
        (NOW - 86_400, MINUTE - 1440),
        (NOW + 60 * AHEAD, MINUTE + AHEAD),
        (NOW + 60 * (AHEAD + 1), None),
        (60.0 * oldest(NOW), MINUTE - KEPT - MARGIN),
        (60.0 * oldest(NOW) - 0.001, None),
        (0.0, None),
        (-1e9, None),
        (1e12, None),
    ],
)
def test_an_event_counts_in_its_own_minute_unless_its_time_is_absurd(
    moment: float, expected: int | None
) -> None:
    assert bucket(moment, NOW) == expected


PUTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 50), st.integers(KEPT - 50, KEPT + 200), st.just(3 * KEPT)),
        st.integers(0, 9),
    ),
    max_size=30,
)


@given(PUTS, st.integers(0, KEPT + 300), st.integers(0, KEPT + 300))
def test_a_sum_is_that_of_the_kept_minutes(
    puts: list[tuple[int, int]], begin: int, end: int
) -> None:
    minutes, expected = Minutes(), dict[int, int]()
    last = 0
    for minute, count in puts:
        minutes.put(minute, count)
        last = max(last, minute)
        expected = {m: c for m, c in (expected | {minute: count}).items() if m > last - KEPT}
    begin = max(begin, last - KEPT + 1)
    assert minutes.sum(begin, end) == sum(c for m, c in expected.items() if begin <= m < end)


@given(
    since=st.floats(NOW - 60 * 60 * 24 * 40, NOW + 1e6),
    length=st.floats(0.1, 60 * 60 * 24 * 40),
    width=st.integers(1, 60 * 24),
)
def test_points_lie_in_what_is_kept_and_follow_the_asked_beginning(
    since: float, length: float, width: int
) -> None:
    assume(length / 60 / width < MOST_POINTS - 2)
    starts = list(span(since, since + length, 60 * width, NOW).starts)
    for start in starts:
        assert (start - int(since // 60)) % width == 0
        assert MINUTE + 1 - KEPT <= start <= MINUTE
        assert start * 60 < since + length


def test_every_event_of_the_span_is_in_one_point() -> None:
    minutes = Minutes()
    for back in range(100):
        minutes.put(MINUTE - 99 + back, 1)
    asked = span(NOW - 90 * 60, NOW, 7 * 60, NOW)
    assert sum(asked.counts(minutes)) == 91
    assert asked.counts(minutes)[:2] == [7, 7]


@pytest.mark.parametrize(
    ("since", "until", "step", "field"),
    [
        (NOW - 60, NOW, 90, "step"),
        (NOW - 60, NOW, 0, "step"),
        (NOW, NOW, 60, "from"),
        (NOW, NOW - 1, 60, "from"),
        (NOW - 60 * (MOST_POINTS + 5), NOW, 60, "step"),
    ],
)
def test_a_question_without_an_answer_is_refused_by_name(
    since: float, until: float, step: int, field: str
) -> None:
    with pytest.raises(UserError) as refused:
        span(since, until, step, NOW)
    assert refused.value.details["field"] == field


def test_the_future_has_no_points() -> None:
    assert list(span(NOW + 600, NOW + 1200, 60, NOW).starts) == []
    assert span(NOW - 60, NOW + 1200, 60, NOW).end == MINUTE + 1
