"""The fault suite's report: how long a room was silent, from the kill and from the answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.silence import Outage, Silence, rooms_hit, silence_after, silence_of

KAFKA = Outage("kafka killed", "kafka", began=10.0, back=26.0)


@pytest.mark.parametrize(
    ("times", "until", "seconds"),
    [
        ([9.9, 10.1, 26.5, 27.0], 40.0, 16.4),
        ([9.0, 30.0], 40.0, 20.0),
        ([9.0, 11.0, 12.0, 50.0], 40.0, 28.0),
        ([9.0], 40.0, 30.0),
        ([], 40.0, 30.0),
        ([10.0, 11.0, 12.0], 12.0, 1.0),
    ],
)
def test_the_longest_time_without_an_acknowledgement_after_a_moment(
    times: list[float], until: float, seconds: float
) -> None:
    assert silence_after(10.0, times, until) == pytest.approx(seconds)


@given(st.lists(st.floats(0, 100), max_size=20), st.floats(0, 50), st.floats(50, 100))
def test_a_silence_holds_no_acknowledgement_and_nothing_of_the_next_fault(
    times: list[float], moment: float, until: float
) -> None:
    times.sort()
    longest = silence_after(moment, times, until)
    within = [at for at in times if moment < at < until]
    assert (until - moment) / (1 + len(within)) <= longest + 1e-9
    assert longest <= until - moment
    assert longest == silence_after(moment, within, until)


def test_what_is_before_the_answer_is_told_apart() -> None:
    answers = {"hit": [9.9, 27.2, 28.0], "other": [9.9, 10.4, 11.0, 12.0, 40.0]}
    found = silence_of(answers, ["hit"], KAFKA, 28.5)
    assert found is not None
    assert (found.killed, found.answered) == pytest.approx((17.2, 1.2))
    assert str(Silence(17.2, 1.2)) == "17.2 s, 1.2 s of it after the answer"
    assert silence_of(answers, [], KAFKA, 28.5) is None


@pytest.mark.parametrize(
    ("victim", "hit"),
    [
        ("kafka", {"a", "b"}),
        ("nginx", {"a", "b"}),
        ("chat-1", {"a", "b"}),
        ("front-2", {"a", "b"}),
        ("postgres-auth", set()),
        ("elasticsearch", set()),
        ("stats-1", set()),
        ("log-1", set()),
        ("lag-1", set()),
        ("user-1", set()),
    ],
)
def test_rooms_are_hit_by_what_their_messages_need(victim: str, hit: set[str]) -> None:
    stack: Any = SimpleNamespace(dsns={"auth": "", "chat-0": "", "chat-1": ""})
    assert rooms_hit(stack, victim, ["a", "b"]) == hit
