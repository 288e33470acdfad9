"""Numbers of a batch, and the order of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.lines import REFUSED, CarryOut, Numbers, Settled, in_fact_order, in_turn
from chatstream.errors import ErrorCode

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Wish:
    partition: int
    identity: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    wish: int
    fact_no: int | None


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc"))))
def test_numbers_are_dense_in_each_line_and_kept_by_the_wish(asked: list[tuple[int, str]]) -> None:
    numbers = Numbers({0: 0, 1: 7, 2: 41}, NOW)
    before = dict(numbers.heads)
    for partition, name in asked:
        wish = Wish(partition, (name,))
        fact = numbers.add(wish, text=name)
        assert numbers.former[wish.identity][-1] is fact
    for partition, head in before.items():
        mine = [fact.fact_no for wish, fact in numbers.fresh if wish.partition == partition]
        assert mine == list(range(head + 1, numbers.heads[partition] + 1))


def test_what_others_numbered_meanwhile_comes_before() -> None:
    numbers = Numbers({0: 3}, NOW)
    later = NOW + timedelta(milliseconds=5)
    numbers.pass_over(0, 7, later)
    numbers.pass_over(0, 2, NOW)  # a repeat of theirs
    assert (numbers.add(Wish(0, ("a",))).fact_no, numbers.now) == (8, later)


DECISIONS = st.sampled_from(
    [Accept(("x",)), Unchanged(), *(Refuse(code, "who and why") for code in list(ErrorCode)[:2])]
)


@given(st.lists(st.tuples(st.sampled_from("abc"), DECISIONS)))
def test_the_first_answer_of_a_wish_that_changed_nothing_stays(
    asked: list[tuple[str, Decision[str]]],
) -> None:
    settled, first = Settled(), dict[str, Decision[str]]()
    for name, decision in asked:
        answer = settled.uphold(Wish(0, (name,)), decision)
        if name not in first:
            assert answer == decision
        elif isinstance(before := first[name], Refuse):
            assert answer == Refuse(before.code, REFUSED)
        else:
            assert answer == before
        if not isinstance(decision, Accept):
            first.setdefault(name, decision)
    assert settled.fresh == settled.known
    assert set(settled.known) == {(name,) for name in first}


@given(st.lists(st.none() | st.integers(0, 5)))
def test_facts_come_first_by_number_then_the_rest_by_wish(numbers: list[int | None]) -> None:
    answers = [Answer(wish, fact_no) for wish, fact_no in enumerate(numbers)]
    ordered = in_fact_order(answers)
    facts = [each for each in ordered if each.fact_no]
    assert sorted(ordered, key=id) == sorted(answers, key=id)
    assert ordered[: len(facts)] == facts
    assert facts == sorted(facts, key=lambda each: (each.fact_no, each.wish))
    rest = [each.wish for each in ordered[len(facts) :]]
    assert rest == sorted(rest)


@given(st.lists(st.sampled_from([1, "text", None])))
async def test_kinds_of_wish_are_carried_out_in_turn_and_answered_by_their_places(
    wishes: list[object],
) -> None:
    done: list[tuple[int | None, object]] = []

    def carries_out(fact_no: int | None) -> CarryOut:
        async def carry_out(generation: int | None, batch: Sequence[object]) -> Sequence[Answer]:
            assert batch
            done.extend((generation, wish) for wish in batch)
            return [Answer(index, fact_no) for index in reversed(range(len(batch)))]

        return carry_out

    turns = ((str, carries_out(None)), (int | float, carries_out(1)))
    answers = await in_turn(5, wishes, turns)
    texts, numbers = ([n for n, each in enumerate(wishes) if each == one] for one in ("text", 1))
    assert done == [(5, "text")] * len(texts) + [(5, 1)] * len(numbers)
    assert [(each.wish, each.fact_no) for each in answers] == [
        *((n, 1) for n in reversed(numbers)),
        *((n, None) for n in reversed(texts)),
    ]
