"""Read positions: the unread numbers that every reader arrives at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.reading import unread_in_room, unread_of
from tests.fakes.reading import moved_to

SEQS = st.integers(0, 30)
PEOPLE = ("min", "jun", "eve")
MOVES = st.lists(st.tuples(st.sampled_from(PEOPLE), SEQS), max_size=20)


def applied(positions: dict[str, int], moves: list[tuple[str, int]], head: int) -> dict[str, int]:
    """The positions after the wishes, in this order."""
    after = dict(positions)
    for who, wanted in moves:
        after[who] = moved_to(after[who], wanted, head)
    return after


START = st.fixed_dictionaries({who: st.integers(0, 10) for who in PEOPLE})


@given(start=START, moves=MOVES, cut=st.integers(0, 20), late=st.integers(0, 20))
def test_a_snapshot_and_what_came_later_give_the_numbers_of_a_fresh_snapshot(
    start: dict[str, int], moves: list[tuple[str, int]], cut: int, late: int
) -> None:
    """What comes after a snapshot overlaps it: facts of before it come again."""
    fresh = applied(start, moves, 30)
    seen = applied(start, moves[:cut], 30)
    for number in range(max(0, cut - late), len(moves)):
        told = applied(start, moves[: number + 1], 30)
        for who in PEOPLE:
            seen[who] = max(seen[who], told[who])
    assert seen == fresh
    for seq in range(1, 31):
        assert unread_of(seq, "min", seen) == unread_of(seq, "min", fresh)


@given(positions=START, seq=st.integers(1, 30))
def test_the_author_has_read_and_nobody_counts_twice(positions: dict[str, int], seq: int) -> None:
    number = unread_of(seq, "min", positions)
    assert number == sum(positions[who] < seq for who in ("jun", "eve"))
    assert unread_of(seq, "stranger", positions) == sum(at < seq for at in positions.values())


def test_in_a_room_of_too_many_nobody_counts() -> None:
    assert unread_of(5, "min", None) is None


@given(head=SEQS, position=SEQS)
def test_a_room_has_as_many_unread_messages_as_come_after_the_position(
    head: int, position: int
) -> None:
    assert unread_in_room(head, position) == len(range(position + 1, head + 1))


@given(deleted=st.sets(st.integers(1, 50)), position=st.integers(0, 60))
def test_deleted_messages_behind_the_position_are_none_that_are_unread(
    deleted: set[int], position: int
) -> None:
    behind = set(range(position + 1, 51))
    assert unread_in_room(50, position, len(deleted & behind)) == len(behind - deleted)
