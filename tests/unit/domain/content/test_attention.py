"""Likes and views: each counts once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.content.attention import NO_POST, Attention, AttentionAct, Counts, Reader
from chatstream.domain.decisions import Accept, Unchanged

LIKE, UNLIKE, VIEW = AttentionAct
POST, ME = "post", "me"
DAY = date(2026, 3, 1)


def attention(*likes: Reader, hidden: frozenset[Reader] = frozenset()) -> Attention:
    return Attention(DAY, {POST: Counts(7, len(likes))}, hidden, frozenset(likes))


@pytest.mark.parametrize("act", [LIKE, VIEW])
def test_what_cannot_be_read_is_not_found(act: AttentionAct) -> None:
    assert attention().decide(act, "gone", ME) == NO_POST
    assert attention(hidden=frozenset({(POST, ME)})).decide(act, POST, ME) == NO_POST


def test_a_like_is_taken_back_of_what_is_hidden_and_of_what_is_gone_there_is_none() -> None:
    hidden = frozenset({(POST, ME)})
    assert attention((POST, ME), hidden=hidden).decide(UNLIKE, POST, ME) == Accept((UNLIKE,))
    assert attention().decide(UNLIKE, "gone", ME) == Unchanged()


@given(
    st.lists(st.tuples(st.sampled_from(AttentionAct), st.sampled_from(["me", "you"]))),
    st.booleans(),
)
def test_the_counts_are_how_many_like_and_have_seen(
    acts: list[tuple[AttentionAct, str]], before: bool
) -> None:
    batch = attention(*[(POST, ME)] * before)
    likes: set[str] = {ME} if before else set()
    seen: set[str] = set()
    for act, who in acts:
        done = batch.decide(act, POST, who)
        if isinstance(done, Accept):
            counts = batch.apply(act, POST, who)
            likes = likes | {who} if act is LIKE else likes - {who} if act is UNLIKE else likes
            seen = seen | {who} if act is VIEW else seen
            assert (counts.views, counts.likes) == (7 + len(seen), len(likes))
        else:
            assert done == Unchanged()
    assert {who for _, who in batch.views} == seen
    assert {who for _, who in batch.begun} == likes - ({ME} if before else set())
    assert {who for _, who in batch.ended} == ({ME} if before else set()) - likes
