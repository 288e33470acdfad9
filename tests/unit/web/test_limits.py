"""Limits in a minute: what counts, for how long, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.errors import ErrorCode, UserError
from web.edge.limits import WINDOW, PerMinute


@dataclass
class Clock:
    """Seconds that stand still until they are moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def passes(limit: PerMinute, key: str) -> bool:
    try:
        limit.hit(key)
    except UserError:
        return False
    return True


def test_a_key_has_its_number_and_another_key_its_own() -> None:
    limit = PerMinute(2, Clock())
    assert [passes(limit, "a") for _ in range(3)] == [True, True, False]
    assert passes(limit, "b")


def test_whoever_is_refused_is_told_when_the_oldest_is_forgotten() -> None:
    clock = Clock()
    limit = PerMinute(2, clock)
    limit.hit("a")
    clock.now += 20
    limit.hit("a")
    with pytest.raises(UserError) as refused:
        limit.hit("a")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert refused.value.retry_after == pytest.approx(40)
    clock.now += 39.9
    with pytest.raises(UserError) as refused:
        limit.hit("a")
    assert refused.value.retry_after == 1
    clock.now += 0.2
    assert passes(limit, "a")
    assert not passes(limit, "a")


def test_a_limit_of_none_refuses_everybody() -> None:
    with pytest.raises(UserError) as refused:
        PerMinute(0, Clock()).hit("a")
    assert refused.value.retry_after == WINDOW


def test_nothing_is_kept_of_who_has_not_come_for_a_minute() -> None:
    clock = Clock()
    limit = PerMinute(3, clock)
    for number in range(1000):
        limit.hit(str(number))
    clock.now += 30
    limit.hit("0")
    assert len(limit) == 1000
    clock.now += 31
    limit.hit("new")
    assert len(limit) == 2


def test_a_refusal_does_not_count() -> None:
    clock = Clock()
    limit = PerMinute(1, clock)
    limit.hit("a")
    clock.now += 50
    assert not passes(limit, "a")
    clock.now += 11
    assert passes(limit, "a")


@given(
    most=st.integers(0, 4),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 45)), max_size=60),
)
def test_it_lets_pass_what_a_count_of_all_that_passed_does(
    most: int, steps: list[tuple[str, float]]
) -> None:
    clock = Clock()
    limit, passed = PerMinute(most, clock), list[tuple[str, float]]()
    for key, later in steps:
        clock.now += later
        within = sum(each == key and at > clock.now - WINDOW for each, at in passed)
        assert passes(limit, key) == (within < most)
        if within < most:
            passed.append((key, clock.now))
    assert len(limit) <= len({each for each, at in passed if at > clock.now - WINDOW}) + 1
