"""Lines of a history: the pages have each once, and revs rise over messages and lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.history import page_around
from chatstream.domain.room_events import EventType, event_of, events_span, next_rev
from chatstream.domain.rooms import (
    Change,
    Create,
    Delete,
    HandOver,
    Join,
    Leave,
    Person,
    Rename,
    RoomState,
)

ANN, BOB = Person("a", "ann", "Ann"), Person("b", "bob", "Bob")


class History:
    """A room of `head` messages, with so many lines behind each of 0 to `head`."""

    def __init__(self, behind: list[int]) -> None:
        self.head = len(behind) - 1
        self.lines = [(after, n) for after, count in enumerate(behind) for n in range(count)]

    def page(
        self, before: int | None, after: int | None, limit: int
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The seqs of the page and its lines."""
        if after is not None:
            seqs = list(range(after + 1, self.head + 1))[:limit]
        else:
            seqs = list(range(1, self.head + 1 if before is None else before))[-limit:]
        return seqs, self.of(events_span(before, after, *self.ends(seqs)))

    @staticmethod
    def ends(seqs: list[int]) -> tuple[int, int]:
        return (seqs[0], seqs[-1]) if seqs else (0, 0)

    def of(self, span: tuple[int, int] | None) -> list[tuple[int, int]]:
        first, last = span or (1, 0)
        return [each for each in self.lines if first <= each[0] <= last]


histories = st.lists(st.integers(0, 3), min_size=1, max_size=15).map(History)


@given(histories, st.integers(1, 6))
def test_going_back_gives_each_line_once_and_in_order(room: History, limit: int) -> None:
    seqs, found = room.page(None, None, limit)
    while seqs and seqs[0] > 1:
        seqs, lines = room.page(seqs[0], None, limit)
        found = lines + found
    assert found == room.lines


@given(histories, st.integers(1, 6))
def test_going_on_from_the_beginning_gives_each_line_once_and_in_order(
    room: History, limit: int
) -> None:
    seqs, found = room.page(None, 0, limit)
    while seqs:
        seqs, lines = room.page(None, seqs[-1], limit)
        found += lines
    assert found == room.lines


@given(histories, st.integers(1, 20), st.integers(1, 6))
def test_going_both_ways_from_a_place_gives_each_line_once_and_in_order(
    room: History, seq: int, limit: int
) -> None:
    first, last = page_around(seq, room.head, limit)
    found = room.of(events_span(None, None, first, last))
    while first > 1:
        seqs, lines = room.page(first, None, limit)
        first, found = seqs[0], lines + found
    while last < room.head:
        seqs, lines = room.page(None, last, limit)
        last, found = seqs[-1], found + lines
    assert found == room.lines


@pytest.mark.parametrize(
    ("before", "after", "span"),
    [
        pytest.param(None, None, (0, 0), id="the latest"),
        pytest.param(None, 0, (0, 0), id="from the beginning"),
        pytest.param(2, None, (0, 0), id="where the first message would be"),
        pytest.param(1, None, None, id="before the first message"),
        pytest.param(None, 7, None, id="behind the last message"),
    ],
)
def test_a_page_without_messages(
    before: int | None, after: int | None, span: tuple[int, int] | None
) -> None:
    assert events_span(before, after, 0, 0) == span


@pytest.mark.parametrize(
    ("change", "kind", "person", "name"),
    [
        (Join(BOB), EventType.JOINED, BOB, None),
        (Leave(BOB), EventType.LEFT, BOB, None),
        (Rename("새 이름"), EventType.RENAMED, ANN, "새 이름"),
        (Rename(""), EventType.RENAMED, ANN, ""),
        (HandOver(BOB), EventType.OWNER_CHANGED, BOB, None),
    ],
)
def test_what_a_line_tells(
    change: Change, kind: EventType, person: Person, name: str | None
) -> None:
    event = event_of(RoomState("r", "open", "", "a", 1, 2, head=5, rev=7), change, ANN)
    assert event is not None
    assert (event.type, event.person, event.name) == (kind, person, name)
    assert (event.after, event.rev, event.member_count) == (5, 8, 2)


@pytest.mark.parametrize("change", [Create((ANN, BOB)), Delete()])
def test_the_beginning_and_the_end_of_a_room_are_no_lines(change: Change) -> None:
    assert event_of(RoomState("r", "open", "", "a", 1, 2), change, ANN) is None


@pytest.mark.parametrize(
    ("fact_no", "former", "rev"), [(1, 0, 1), (9, 3, 9), (4, 3, 4), (4, 4, 5), (4, 90, 91)]
)
def test_a_rev_is_the_fact_or_above_what_lines_took(fact_no: int, former: int, rev: int) -> None:
    assert next_rev(fact_no, former) == rev
