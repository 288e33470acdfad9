"""The door: how many are under way, whose they are, and when the others have their turn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.admission import LONGEST, Admission

MOST = 8
ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
steps = st.lists(
    st.tuples(st.sampled_from(["enter", "finish", "turn"]), st.sampled_from(ADDRESSES)),
    max_size=80,
)


@given(steps)
def test_no_more_than_may_be_are_under_way_and_no_address_has_more_than_half(
    taken: list[tuple[str, str]],
) -> None:
    door = Admission(MOST)
    inside = dict.fromkeys(ADDRESSES, 0)
    for now, (step, address) in enumerate(taken):
        if step == "enter":
            room = sum(inside.values()) < MOST and inside[address] < MOST // 2
            assert door.has_room(address) == room
            assert door.enter(address) == room
            inside[address] += room
        elif step == "finish" and inside[address]:
            door.finish(address, float(now))
            inside[address] -= 1
        elif step == "turn":
            assert 0 < door.turn(float(now)) <= LONGEST
        assert door.under_way == sum(inside.values())


@given(
    waits=st.lists(st.floats(0, 0.05), min_size=1, max_size=60),
    pace=st.floats(0.001, 0.1),
)
def test_turns_follow_each_other_as_fast_as_newcomers_finish(
    waits: list[float], pace: float
) -> None:
    door = Admission(MOST)
    now, turns = 0.0, []
    door.turn(now)
    for _ in range(200):  # it learns the pace
        door.enter(ADDRESSES[0])
        now += pace
        door.turn(now)
        door.finish(ADDRESSES[0], now)
    now += LONGEST  # every turn is over
    for wait in waits:
        now += wait
        turns.append(now + door.turn(now))
    apart = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert all(each >= pace * 0.9 for each in apart if each > 0)
    assert turns == sorted(turns)


def test_a_turn_that_is_not_reserved_is_told_to_the_next_as_well() -> None:
    door = Admission(MOST)
    assert door.turn(5.0, reserve=False) == door.turn(5.0, reserve=False)
    kept = door.turn(5.0)
    assert door.turn(5.0) > kept


def test_a_crowd_is_told_to_wait_no_longer_than_the_longest() -> None:
    door = Admission(MOST)
    told = [door.turn(0.0) for _ in range(100_000)]
    assert max(told) == LONGEST


def test_a_door_for_less_than_two_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        Admission(1)
