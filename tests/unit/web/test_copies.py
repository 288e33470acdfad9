"""Waiting until every chat database has a fact: when it is answered, and what it asks meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import AccountFact, BlockFact, CopiedFact, MuteFact
from tests.fakes.copies import PromptCopies
from web.copies import Copies, pause_of

FACTS: list[CopiedFact] = [AccountFact("a", 3), BlockFact("a", "b", 4), MuteFact("s", 5)]


@dataclass
class Rig:
    """Two databases; `begin` starts to wait for a fact."""

    copies: Copies
    one: PromptCopies
    other: PromptCopies

    def begin(self, fact: CopiedFact, within: float = 30.0) -> asyncio.Task[None]:
        deadline = asyncio.get_running_loop().time() + within
        return asyncio.create_task(self.copies.until(fact, deadline))

    async def asked(self, reader: PromptCopies, times: int) -> None:
        """Returns when the reader was asked so many times more."""
        wanted = len(reader.asked) + times
        await reader.changes.until(lambda: len(reader.asked) >= wanted)


@pytest.fixture
def rig() -> Rig:
    one, other = PromptCopies(), PromptCopies()
    return Rig(Copies({"chat0": one, "chat1": other}, 5.0, (0.001, 0.01)), one, other)


@pytest.mark.parametrize("fact", FACTS)
async def test_it_is_answered_when_every_database_has_the_fact(rig: Rig, fact: CopiedFact) -> None:
    rig.other.late = {fact}
    waiting = rig.begin(fact)
    await rig.asked(rig.other, 3)
    assert not waiting.done()
    assert len(rig.one.asked) == 1, "who has it is not asked again"
    rig.other.late = set()
    await waiting


async def test_only_databases_that_copy_such_facts_are_waited_for(rig: Rig) -> None:
    rig.other.kinds, rig.other.is_late = (BlockFact,), True
    await rig.begin(FACTS[0])
    assert rig.other.asked == []
    waiting = rig.begin(FACTS[1])
    await rig.asked(rig.other, 2)
    assert not waiting.done()
    rig.other.is_late = False
    await waiting


async def test_after_the_deadline_it_is_told_that_a_repeat_may_help(rig: Rig) -> None:
    rig.one.is_late = True
    with pytest.raises(UserError) as refused:
        await rig.begin(FACTS[0], within=0.05)
    assert (refused.value.code, refused.value.retry_after) == (ErrorCode.STORE_UNAVAILABLE, 1.0)


async def test_a_database_that_is_away_is_asked_again(rig: Rig) -> None:
    rig.one.away = True
    waiting = rig.begin(FACTS[0])
    await rig.asked(rig.one, 2)
    assert not waiting.done()
    rig.one.away = False
    await waiting


async def test_all_who_wait_are_one_question(rig: Rig) -> None:
    rig.one.is_late = True
    waiting = [rig.begin(fact) for fact in FACTS * 20]
    await rig.asked(rig.one, 2)
    assert all(sorted(map(str, each)) == sorted(map(str, FACTS)) for each in rig.one.asked)
    rig.one.is_late = False
    await asyncio.gather(*waiting)
    assert len(rig.other.asked) == 1


async def test_who_gave_up_is_asked_for_no_more_and_takes_nobody_with_them(rig: Rig) -> None:
    rig.one.is_late = True
    gone, gone_too, stays = rig.begin(FACTS[0]), rig.begin(FACTS[1]), rig.begin(FACTS[1])
    await rig.asked(rig.one, 1)
    gone.cancel()
    gone_too.cancel()
    await asyncio.gather(gone, gone_too, return_exceptions=True)
    await rig.asked(rig.one, 2)
    assert rig.one.asked[-1] == [FACTS[1]]
    rig.one.is_late = False
    await stays
    before = len(rig.one.asked)
    await rig.begin(FACTS[2])
    assert len(rig.one.asked) == before + 1, "it looks again after nobody had waited"


async def test_a_new_question_does_not_wait_for_an_old_ones_pause() -> None:
    reader = PromptCopies(late={FACTS[0]})
    copies = Copies({"chat0": reader}, 10.0, (0.001, 1000.0))
    old = asyncio.create_task(copies.until(FACTS[0], copies.deadline()))
    (watch,) = copies._watches
    await reader.changes.until(lambda: bool(reader.asked))
    watch.questions[FACTS[0]].since -= 1000.0  # so that the next pause is longer than any test
    await reader.changes.until(lambda: len(reader.asked) > 1)
    await copies.until(FACTS[1], copies.deadline())
    assert reader.asked[-1] == [FACTS[0], FACTS[1]]
    old.cancel()


async def test_a_fault_of_ours_is_raised_by_whoever_waits() -> None:
    class Broken:
        kinds = (AccountFact,)

        async def applied(self, facts: object) -> list[CopiedFact]:
            raise KeyError("wrong")

    copies = Copies({"chat0": Broken()}, 5.0, (0, 0))
    with pytest.raises(ExceptionGroup) as raised:
        await copies.until(FACTS[0], copies.deadline())
    assert raised.group_contains(KeyError)


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_pause_grows_with_the_age_and_is_bounded(age: float, more: float) -> None:
    assert 0.02 <= pause_of(age) <= pause_of(age + more) <= 0.5
    assert pause_of(0) == 0.02
    assert pause_of(60) == 0.5
