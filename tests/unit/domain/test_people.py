"""Who may add, remove, block and unblock whom, and what people are looked up by."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.people import GONE, Circle, FriendAct, Ties, apply, decide, search_prefix
from chatstream.errors import ErrorCode, UserError

ME, OTHER = "me", "other"
ties = st.builds(Ties, st.booleans(), st.booleans(), st.booleans())


def code(decision: Decision[FriendAct]) -> ErrorCode | None:
    return decision.code if isinstance(decision, Refuse) else None


@pytest.mark.parametrize("act", FriendAct)
def test_an_unknown_user_is_not_found(act: FriendAct) -> None:
    assert code(decide(act, ME, None, Ties())) == ErrorCode.USER_NOT_FOUND


@pytest.mark.parametrize("act", [FriendAct.ADD, FriendAct.BLOCK])
def test_nobody_adds_or_blocks_oneself(act: FriendAct) -> None:
    assert code(decide(act, ME, ME, Ties())) == ErrorCode.CANNOT_ADD_SELF


@pytest.mark.parametrize("act", [FriendAct.REMOVE, FriendAct.UNBLOCK])
def test_taking_oneself_off_a_list_changes_nothing(act: FriendAct) -> None:
    assert decide(act, ME, ME, Ties()) == Unchanged()


def test_who_is_blocked_does_not_find_the_blocker() -> None:
    decision = decide(FriendAct.ADD, ME, OTHER, Ties(is_blocked_by=True))
    assert decision == decide(FriendAct.ADD, ME, None, Ties())


def test_whom_one_blocks_is_no_friend_before_the_block_ends() -> None:
    state = Ties(is_blocked=True)
    assert code(decide(FriendAct.ADD, ME, OTHER, state)) == ErrorCode.BLOCKED
    apply(FriendAct.UNBLOCK, state)
    assert decide(FriendAct.ADD, ME, OTHER, state) == Accept((FriendAct.ADD,))


def test_a_block_takes_the_friend_off_the_list_and_its_end_does_not_bring_it_back() -> None:
    state = Ties(is_friend=True)
    apply(FriendAct.BLOCK, state)
    assert state == Ties(is_blocked=True)
    apply(FriendAct.UNBLOCK, state)
    assert state == Ties()


@given(act=st.sampled_from(FriendAct), state=ties)
def test_a_repeated_act_changes_nothing(act: FriendAct, state: Ties) -> None:
    if decide(act, ME, OTHER, state) == Accept((act,)):
        apply(act, state)
        assert decide(act, ME, OTHER, state) == Unchanged()


@given(acts=st.lists(st.sampled_from(FriendAct)), blocked_by=st.booleans())
def test_nobody_is_ever_friend_and_blocked_at_once(
    acts: list[FriendAct], *, blocked_by: bool
) -> None:
    state = Ties(is_blocked_by=blocked_by)
    for act in acts:
        if decide(act, ME, OTHER, state) == Accept((act,)):
            apply(act, state)
    assert not (state.is_friend and state.is_blocked)
    assert state.is_blocked_by is blocked_by


def test_a_batch_builds_on_itself_from_both_sides() -> None:
    circle = Circle({ME: "me", OTHER: "other"}, {(ME, OTHER): Ties(), (OTHER, ME): Ties()})
    assert circle.decide(FriendAct.BLOCK, ME, OTHER) == Accept((FriendAct.BLOCK,))
    circle.apply(FriendAct.BLOCK, ME, OTHER)
    assert code(circle.decide(FriendAct.ADD, OTHER, ME)) == ErrorCode.USER_NOT_FOUND
    assert circle.decide(FriendAct.BLOCK, ME, OTHER) == Unchanged()
    assert circle.changed == {(ME, OTHER): Ties(is_blocked=True)}


def test_an_account_that_is_gone_decides_nothing() -> None:
    assert Circle({OTHER: "other"}, {}).decide(FriendAct.ADD, ME, OTHER) == GONE


@pytest.mark.parametrize(
    ("typed", "prefix"), [(" mi ", "mi"), ("@minsu", "minsu"), ("민수", "민수"), ("Al", "Al")]
)
def test_a_prefix_is_trimmed_and_a_handles_sign_is_dropped(typed: str, prefix: str) -> None:
    assert search_prefix(typed) == prefix


def test_a_decomposed_name_is_looked_up_composed() -> None:
    assert search_prefix(unicodedata.normalize("NFD", "민수")) == "민수"


@pytest.mark.parametrize("typed", ["", "a", " a ", "@a", "a" * 41, "a\x00b"])
def test_too_short_too_long_or_unstorable_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refusal:
        search_prefix(typed)
    assert refusal.value.details["field"] == "q"
