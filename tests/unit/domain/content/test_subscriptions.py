"""Who may subscribe to whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.subscriptions import (
    GONE,
    NO_AUTHOR,
    ONESELF,
    Pair,
    Readership,
    SubscriptionAct,
)
from chatstream.domain.decisions import Accept, Unchanged

ME, AUTHOR, OTHER = "me", "author", "other"
PAIR = (ME, AUTHOR)
SUBSCRIBE, UNSUBSCRIBE, ERASE = SubscriptionAct


def readers(*held: Pair, blocked: frozenset[Pair] = frozenset()) -> Readership:
    return Readership(frozenset({ME, AUTHOR, OTHER}), frozenset(held), blocked)


@pytest.mark.parametrize("act", [SUBSCRIBE, UNSUBSCRIBE])
def test_an_unknown_or_erased_author_is_not_found(act: SubscriptionAct) -> None:
    assert readers().decide(act, ME, "erased") == NO_AUTHOR


@pytest.mark.parametrize("act", [SUBSCRIBE, UNSUBSCRIBE])
def test_an_erased_account_decides_nothing(act: SubscriptionAct) -> None:
    assert readers().decide(act, "erased", AUTHOR) == GONE


def test_an_erasure_ends_what_holds_whoever_is_gone() -> None:
    batch = Readership(frozenset(), frozenset({PAIR}))
    assert batch.decide(ERASE, ME, AUTHOR) == Accept((ERASE,))
    batch.apply(ERASE, ME, AUTHOR)
    assert batch.ended == [PAIR]
    assert batch.decide(ERASE, ME, AUTHOR) == Unchanged()


def test_nobody_subscribes_to_oneself() -> None:
    assert readers().decide(SUBSCRIBE, ME, ME) == ONESELF
    assert readers().decide(UNSUBSCRIBE, ME, ME) == Unchanged()


def test_who_is_blocked_does_not_find_the_author_but_may_leave() -> None:
    blocked = frozenset({PAIR})
    assert readers(blocked=blocked).decide(SUBSCRIBE, ME, AUTHOR) == NO_AUTHOR
    assert readers(PAIR, blocked=blocked).decide(UNSUBSCRIBE, ME, AUTHOR) == Accept((UNSUBSCRIBE,))


@given(st.lists(st.tuples(st.sampled_from(SubscriptionAct), st.sampled_from([AUTHOR, OTHER]))))
def test_a_batch_leaves_what_its_last_acts_say(acts: list[tuple[SubscriptionAct, str]]) -> None:
    batch = readers(PAIR)
    now = {AUTHOR: True, OTHER: False}
    for act, author in acts:
        wanted = act is SUBSCRIBE
        decided = batch.decide(act, ME, author)
        assert decided == (Unchanged() if now[author] is wanted else Accept((act,)))
        if isinstance(decided, Accept):
            batch.apply(act, ME, author)
        now[author] = wanted
    assert batch.begun == [(ME, OTHER)] * now[OTHER]
    assert batch.ended == [PAIR] * (not now[AUTHOR])
