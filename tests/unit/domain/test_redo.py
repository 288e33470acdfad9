"""In which order what the log says is done again, and where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.redo import Line, MissingFacts, ToldFact, batches, beyond, in_order

LINES = [("message", 0), ("message", 1), ("room", 0)]


def fact(line: Line, number: int, at: str = "", rev: int = 0) -> ToldFact:
    return ToldFact(line, number, at or f"{number:03}", rev, None)


@st.composite
def logs(draw: st.DrawFn) -> tuple[dict[Line, int], list[ToldFact]]:
    """Heads, and facts as a log has them: repeated, with holes, lines mixed."""
    heads = {line: draw(st.integers(0, 4)) for line in LINES}
    numbers = st.lists(st.integers(1, 9), max_size=14)
    told = [fact(line, each) for line in LINES for each in draw(numbers)]
    return heads, draw(st.permutations(told))


@given(logs())
def test_each_line_goes_on_densely_and_what_cannot_follow_is_a_gap(
    log: tuple[dict[Line, int], list[ToldFact]],
) -> None:
    heads, told = log
    lines, gaps = beyond(heads, told)
    for line in LINES:
        head = heads[line]
        found = [each.fact_no for each in lines.get(line, [])]
        assert found == list(range(head + 1, head + 1 + len(found)))
        newest = max((each.fact_no for each in told if each.line == line), default=0)
        reached = head + len(found)
        expected = [MissingFacts(line, reached, newest)] if newest > reached else []
        assert [gap for gap in gaps if gap.line == line] == expected


@given(logs())
def test_lines_keep_their_order_whatever_their_times_say(
    log: tuple[dict[Line, int], list[ToldFact]],
) -> None:
    lines, _ = beyond(log[0], log[1])
    merged = list(in_order([*lines.values()]))
    for line, facts in lines.items():
        assert [each for each in merged if each.line == line] == facts
    assert len(merged) == sum(map(len, lines.values()))


def test_a_room_is_ordered_by_its_revisions_where_times_are_the_same() -> None:
    said = fact(("message", 0), 1, "t1", rev=2)
    left = fact(("room", 0), 1, "t1", rev=3)
    made = fact(("room", 0), 1, "t0", rev=0)
    assert list(in_order([[said], [made, left]])) == [made, said, left]


def test_a_run_is_of_one_topic_moment_and_home() -> None:
    facts: Sequence[ToldFact] = [
        fact(("message", 0), 1, "t1"),
        fact(("message", 0), 2, "t1"),
        fact(("message", 1), 1, "t1"),
        fact(("room", 0), 1, "t1"),
        fact(("room", 0), 2, "t2"),
    ]
    runs = list(batches(facts, {0: "chat-0", 1: "chat-1"}))
    assert [len(run) for run in runs] == [2, 1, 1, 1]


def test_a_gap_is_told_by_its_numbers() -> None:
    assert str(MissingFacts(("message", 3), 7, 9)) == "message/3: facts 8 to 9"
