"""A group that is watched, and that a monitor that begins anew goes on as the old one would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.lag.groups import replaced, still_read
from chatstream.domain.lag.states import LagState, Sampling
from chatstream.domain.lag.telling import ToldSample, is_kept, is_told, recalled
from chatstream.domain.lag.watching import GroupLag, GroupPosition, GroupWatch, Place

SAMPLING = Sampling(length=4, interval=10.0)
PLACE = ("t", 0)
NOON = 1_800_000_000.0


def at(
    committed: int, end: int, *, held: bool = True, begin: int = 0
) -> dict[Place, GroupPosition]:
    return {PLACE: GroupPosition(committed, begin, end, held)}


def watched(positions: Iterable[Mapping[Place, GroupPosition]]) -> list[GroupLag]:
    """The samples of one watch, ten seconds apart."""
    watch = GroupWatch("g", SAMPLING)
    return [watch.observe(NOON + number * 10.0, 1, each) for number, each in enumerate(positions)]


def states(found: Sequence[GroupLag]) -> list[str]:
    return [str(each.together.state) for each in found]


def test_who_holds_a_partition_and_does_not_go_on_stalls_and_recovers() -> None:
    stalled = [at(5, 5), *[at(5, 9)] * 4, at(7, 9), at(9, 9)]
    assert states(watched(stalled)) == ["OK", "OK", "OK", "OK", "STALL", "OK", "OK"]


def test_a_reader_that_is_slower_than_what_comes_is_warned_of() -> None:
    slow = [at(5 * number, 9 * number) for number in range(1, 7)]
    assert states(watched(slow)) == ["OK", "OK", "OK", "WARN", "WARN", "WARN"]


def test_who_is_gone_has_stopped_after_a_window_and_is_well_when_it_is_back() -> None:
    gone = [at(5, 5), *[at(5, 6 + number, held=False) for number in range(5)], at(11, 11)]
    assert states(watched(gone)) == ["OK", "OK", "OK", "OK", "STOP", "STOP", "OK"]


def test_a_group_without_members_that_has_read_all_is_well_for_ever() -> None:
    assert set(states(watched([at(5, 5, held=False)] * 9))) == {"OK"}


def test_a_group_that_nobody_is_in_when_the_watch_begins_stops_after_a_window() -> None:
    assert states(watched([at(5, 9, held=False)] * 6)) == ["OK"] * 4 + ["STOP"] * 2


def test_a_group_that_was_set_back_is_told_of_until_it_is_where_it_was() -> None:
    back = [at(5, 9), at(2, 9), at(4, 9), at(5, 9), at(9, 9)]
    assert states(watched(back)) == ["OK", "REWIND", "REWIND", "OK", "OK"]


def test_a_group_is_as_bad_as_its_worst_partition_and_sums_up() -> None:
    watch = GroupWatch("g", SAMPLING)
    two = {("a", 0): GroupPosition(5, 0, 9, True), ("b", 3): GroupPosition(1, 4, 2, True)}
    for number in range(4):
        told = watch.observe(NOON + number * 10, 2, two, {("a", 0): 3.0})
    whole = told.together
    assert (whole.state, whole.lag, whole.most, whole.lost) == (LagState.STALL, 5, 4, 1)
    assert (whole.seconds, whole.catch_up) == (3.0, None)
    assert [(topic, len(found)) for topic, found in told.topics] == [("a", 1), ("b", 1)]


def test_a_time_that_is_not_known_is_not_told_as_none() -> None:
    (told,) = watched([at(5, 9)])
    assert told.together.seconds is None
    (well,) = watched([at(9, 9)])
    assert well.together.seconds == 0.0


def test_lost_records_are_those_between_the_commit_and_what_is_left() -> None:
    assert GroupPosition(5, 9, 12, True).lost == 4
    assert GroupPosition(5, 12, 12, True).lost == 7
    assert GroupPosition(9, 9, 12, True).lost == 0
    # A topic that was made anew under the same name.
    assert GroupPosition(90, 0, 12, True).lost == 0
    assert GroupPosition(90, 0, 12, True).lag == 0


def test_what_is_not_read_any_more_is_forgotten() -> None:
    watch = GroupWatch("g", SAMPLING)
    watch.observe(NOON, 1, at(5, 9))
    assert watch.observe(NOON + 10, 1, {}).partitions == ()


MOVES = st.lists(
    st.tuples(st.integers(-2, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=40
)


def moved(moves: Sequence[tuple[int, int, bool]]) -> list[dict[Place, GroupPosition]]:
    """A reader that reads some, or is set back, and a topic that grows some, at each sample."""
    committed = end = 0
    found = []
    for read, more, held in moves:
        end += more
        committed = max(0, min(end, committed + read))
        found.append(at(committed, end, held=held))
    return found


@given(MOVES, st.data())
def test_a_monitor_that_starts_anew_judges_as_one_that_went_on(
    moves: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    samples = watched(moved(moves))
    cut = data.draw(st.integers(0, len(samples)))
    told: list[GroupLag] = []
    for each in samples[:cut]:
        if is_told(told[-1] if told else None, each):
            told.append(each)
    # All that was told, and those that were not: after the last told one nothing had changed.
    untold = cut and told[-1].at < samples[cut - 1].at
    last = [replace(told[-1], at=samples[cut - 1].at)] if untold else []
    found = recalled([as_told(each) for each in [*told, *last]], SAMPLING)
    watch = found.get("g") or GroupWatch("g", SAMPLING)
    again = [watch.observe(each.at, 1, positions_of(each)) for each in samples[cut:]]
    assert states(again) == states(samples[cut:])


def as_told(lag: GroupLag) -> ToldSample:
    return ToldSample(lag.group, lag.at, lag.members, positions_of(lag))


def positions_of(lag: GroupLag) -> dict[Place, GroupPosition]:
    return {(each.topic, each.partition): each.position for each in lag.partitions}


def test_while_nothing_happens_a_group_is_told_once_a_minute() -> None:
    quiet = watched([at(5, 5)] * 20)
    told: list[GroupLag] = []
    for each in quiet:
        if is_told(told[-1] if told else None, each):
            told.append(each)
    assert [each.at - NOON for each in told] == [0.0, 60.0, 120.0, 180.0]


def test_whatever_lags_or_moves_is_told_at_once() -> None:
    first, behind, still, ahead = watched([at(5, 5), at(5, 6), at(5, 6), at(6, 6)])
    assert is_told(None, first)
    assert is_told(first, behind)
    assert is_told(behind, still)
    assert is_told(still, ahead)


def test_a_sample_is_kept_each_minute_and_when_the_state_is_another() -> None:
    samples = watched([at(5, 9)] * 12)
    kept: list[GroupLag] = []
    for each in samples:
        if is_kept(kept[-1] if kept else None, each):
            kept.append(each)
    assert [(each.at - NOON, str(each.together.state)) for each in kept] == [
        (0.0, "OK"),
        (30.0, "STALL"),
        (60.0, "STALL"),
    ]


def test_an_old_version_of_a_group_that_is_read_is_left_out_and_a_lone_one_is_not() -> None:
    members = {"a": 0, "a-v2": 2, "b": 0, "b-v2": 0, "c-v3": 1, "c": 1, "d": 0}
    assert set(replaced(members)) == {"a"}


def test_a_topic_that_a_settled_group_has_left_is_left_out() -> None:
    positions = {
        ("read", 0): GroupPosition(1, 0, 2, True),
        ("read", 1): GroupPosition(1, 0, 2, False),
        ("left", 0): GroupPosition(1, 0, 2, False),
    }
    assert set(still_read(positions, is_stable=True)) == {("read", 0), ("read", 1)}
    assert still_read(positions, is_stable=False) == positions
