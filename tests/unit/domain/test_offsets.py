"""The guard finds exactly the offsets that did not come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.offsets import Hole, OffsetGuard

PLACE = ("t", 3)


def test_the_first_record_at_the_committed_offset_leaves_nothing_out() -> None:
    assert OffsetGuard().look(PLACE, 1, 7, begin=7) is None


def test_without_a_committed_offset_the_first_record_may_be_any() -> None:
    assert OffsetGuard().look(PLACE, 1, 4711, begin=None) is None


def test_a_first_record_beyond_the_committed_offset_tells_what_the_broker_deleted() -> None:
    hole = OffsetGuard().look(PLACE, 1, 9, begin=4)
    assert hole == Hole("t", 3, 4, 9, is_first=True)
    assert len(hole) == 5
    assert str(hole) == "t-3: offsets 4 to 8 are missing"


def test_a_first_record_before_the_committed_offset_is_a_repeat() -> None:
    assert OffsetGuard().look(PLACE, 1, 2, begin=4) is None


def test_a_later_hole_is_none_of_the_brokers() -> None:
    guard = OffsetGuard()
    guard.look(PLACE, 1, 0, begin=0)
    assert guard.look(PLACE, 1, 2, begin=0) == Hole("t", 3, 1, 2, is_first=False)


def test_a_new_generation_begins_anew() -> None:
    guard = OffsetGuard()
    guard.look(PLACE, 1, 10, begin=10)
    assert guard.look(PLACE, 2, 5, begin=5) is None
    assert guard.look(PLACE, 2, 6, begin=5) is None


def test_partitions_do_not_know_of_each_other() -> None:
    guard = OffsetGuard()
    guard.look(("t", 0), 1, 10, begin=10)
    assert guard.look(("t", 1), 1, 0, begin=0) is None
    assert guard.look(("u", 0), 1, 0, begin=0) is None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40))
def test_the_holes_and_what_came_are_all_offsets_up_to_the_highest(offsets: list[int]) -> None:
    guard = OffsetGuard()
    missing: set[int] = set()
    highest = -1
    for offset in offsets:
        hole = guard.look(PLACE, 1, offset, begin=0)
        if hole is not None:
            assert hole.end == offset
            missing |= set(range(hole.first, hole.end))
        highest = max(highest, offset)
    first_seen = {offset: index for index, offset in reversed(list(enumerate(offsets)))}
    ahead = {
        offset
        for offset in range(highest)
        if any(
            later > offset and first_seen.get(offset, len(offsets)) > index
            for index, later in enumerate(offsets)
        )
    }
    assert missing == ahead


def test_the_next_of_a_generation_is_noted_and_nothing_else_is() -> None:
    guard = OffsetGuard()
    assert not guard.is_next(PLACE, 1, 0)
    guard.look(PLACE, 1, 4, begin=None)
    assert not any(guard.is_next(PLACE, 1, offset) for offset in (3, 4, 6))
    assert not guard.is_next(PLACE, 2, 5)
    assert guard.is_next(PLACE, 1, 5)
    assert guard.look(PLACE, 1, 6, begin=None) is None
