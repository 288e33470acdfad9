"""Nothing is believed that was not proved within the window, by whom it was claimed last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.freshness import LineState, Proofs, is_good


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def proofs(*claimed: int) -> tuple[Proofs, Clock]:
    clock = Clock()
    found = Proofs(clock, window=1.0)
    found.claimed(dict.fromkeys(claimed, 5))
    return found, clock


def line(head: int, claim: int = 5) -> LineState:
    return LineState(head, claim)


def test_a_proof_is_as_old_as_the_question_and_good_for_the_window() -> None:
    found, clock = proofs(0)
    assert found.age(0) is None
    clock.now = 100.5
    found.take(100.0, {0: line(7)}, {0: 7})
    assert found.age(0) == 0.5
    clock.now = 101.0
    assert found.age(0) is None


def test_what_is_behind_its_head_proves_nothing() -> None:
    found, _ = proofs(0, 1)
    found.take(100.0, {0: line(7), 1: line(0)}, {0: 6, 1: 0})
    assert found.age(0) is None
    assert found.age(1) == 0.0  # a line without a fact
    found.take(100.0, {0: line(7)}, {0: 8})
    assert found.age(0) == 0.0


def test_an_earlier_question_that_is_answered_later_changes_nothing() -> None:
    found, clock = proofs(0)
    clock.now = 100.5
    found.take(100.5, {0: line(1)}, {0: 1})
    found.take(100.0, {0: line(1)}, {0: 1})
    assert found.age(0) == 0.0


def test_a_claim_is_as_old_as_it_is_while_it_is_the_latest_that_is_known() -> None:
    found, _ = proofs(0)
    assert [found.claimed_at(0, 5), found.claimed_at(0, 6), found.claimed_at(1, 5)] == [
        100.0,
        None,
        None,
    ]
    found.forget(0)
    assert found.claimed_at(0, 5) is None


def test_who_has_not_claimed_or_lost_it_proves_nothing() -> None:
    found, _ = proofs(0)
    found.take(100.0, {0: line(1), 1: line(1)}, {0: 1, 1: 1})
    assert [found.age(0), found.age(1)] == [0.0, None]
    assert found.unclaimed([0, 1]) == [1]
    found.take(100.0, {0: line(1, claim=6)}, {0: 1})
    assert found.age(0) is None
    assert found.unclaimed([0]) == [0]


def test_what_is_not_read_here_any_more_is_forgotten() -> None:
    found, _ = proofs(0, 1, 2)
    found.take(100.0, dict.fromkeys(range(3), line(1)), dict.fromkeys(range(3), 1))
    found.forget(1)
    found.keep([0, 1])
    assert [found.age(each) for each in range(3)] == [0.0, None, None]


def test_a_head_is_settled_by_whoever_has_held_the_partition_for_a_window() -> None:
    found, clock = proofs(0)
    clock.now = 100.9
    found.take(100.9, {0: line(7)}, {0: 7})
    assert found.settled(0) == 0
    clock.now = 101.0
    found.take(101.0, {0: line(8)}, {0: 7})
    assert found.settled(0) == 0
    found.take(101.0, {0: line(8)}, {0: 9})
    assert found.settled(0) == 8
    found.take(101.0, {0: line(9, claim=6)}, {0: 9})
    assert found.settled(0) == 0


@given(st.floats(0, 2), st.floats(0, 2))
def test_an_answer_is_good_as_long_as_its_proof_on_arrival(age: float, took: float) -> None:
    assert is_good(age, took) is (age + took < 1.0)


acts = st.one_of(
    st.tuples(st.just("write")),
    st.tuples(st.just("read"), st.integers(0, 1)),
    st.tuples(st.just("claim"), st.integers(0, 1)),
    st.tuples(st.just("prove"), st.integers(0, 1)),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 0.4, 1.0])),
)


@given(st.lists(acts, max_size=40))
def test_no_good_answer_lacks_what_a_holder_settled(acts: list[tuple[object, ...]]) -> None:
    """Two workers that may both believe to hold a partition, and what each has read."""
    clock = Clock()
    workers = [Proofs(clock, 1.0), Proofs(clock, 1.0)]
    cursors = [0, 0]
    head = latest = settled = 0
    for act in acts:
        match act:
            case ("write",):
                head += 1
            case ("read", int(one)):
                cursors[one] = head
            case ("claim", int(one)):
                latest += 1
                workers[one].claimed({0: latest})
            case ("prove", int(one)):
                workers[one].take(clock.now, {0: LineState(head, latest)}, {0: cursors[one]})
            case ("wait", float(seconds)):
                clock.now += seconds
        settled = max(settled, *(worker.settled(0) for worker in workers))
        for worker, cursor in zip(workers, cursors, strict=True):
            assert worker.age(0) is None or cursor >= settled
