"""Who may do what with a post; the rest is in the races and in the suites of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatstream.domain.content import posts as rules
from chatstream.domain.content.posts import (
    ContentChange,
    ContentVerdict,
    HeldPost,
    PostState,
    SaidOfVersion,
    begin,
)
from chatstream.domain.content.texts import Draft
from chatstream.domain.decisions import Accept, Unchanged

ANN, BEA = "ann", "bea"
DRAFT = Draft(title="제목", body="글")
OTHER = Draft(title="제목", body="다른 글")
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def said(verdict: ContentVerdict, number: int = 1, *, is_appeal: bool = False) -> SaidOfVersion:
    return SaidOfVersion(verdict=verdict, number=number, is_appeal=is_appeal)


@pytest.fixture
def post() -> HeldPost:
    return begin(ANN, DRAFT)


@pytest.fixture
def seen(post: HeldPost) -> HeldPost:
    post.hear(said(ContentVerdict.ACCEPTED), NOW)
    return post


def test_an_id_that_was_used_is_nobodys_new_post(seen: HeldPost) -> None:
    assert rules.decide_write(None, ANN, DRAFT, is_erased=False) == Accept((ContentChange.WRITTEN,))
    assert rules.decide_write(seen, ANN, DRAFT, is_erased=False) == Unchanged()
    assert rules.decide_write(seen, ANN, OTHER, is_erased=False) == rules.REUSED
    assert rules.decide_write(seen, BEA, DRAFT, is_erased=False) == rules.REUSED
    seen.delete()
    assert rules.decide_write(seen, ANN, DRAFT, is_erased=False) == rules.REUSED
    assert rules.decide_write(None, ANN, DRAFT, is_erased=True) == rules.ERASED


def test_what_a_stranger_does_not_see_is_not_there(post: HeldPost) -> None:
    assert rules.decide_edit(post, BEA, 1, OTHER, is_erased=False) == rules.NOT_THERE
    assert rules.decide_delete(post, BEA, None, is_erased=False) == rules.NOT_THERE
    post.hear(said(ContentVerdict.ACCEPTED), NOW)
    assert rules.decide_edit(post, BEA, 1, OTHER, is_erased=False) == rules.FOREIGN
    assert rules.decide_delete(post, BEA, None, is_erased=False) == rules.FOREIGN


def test_an_edit_names_the_latest_version_unless_it_changes_nothing(post: HeldPost) -> None:
    assert rules.decide_edit(post, ANN, 2, OTHER, is_erased=False) == rules.CONFLICT
    assert rules.decide_edit(post, ANN, 2, DRAFT, is_erased=False) == Unchanged()
    assert rules.decide_edit(post, ANN, 1, OTHER, is_erased=False) == Accept(
        (ContentChange.WRITTEN,)
    )
    assert rules.decide_edit(post, ANN, 1, OTHER, is_erased=True) == rules.ERASED


def test_a_newer_version_takes_the_place_of_one_that_waits_and_of_none_that_is_seen(
    seen: HeldPost,
) -> None:
    seen.write(OTHER)
    seen.write(DRAFT)
    states = {number: each.state for number, each in seen.versions.items()}
    assert states == {
        1: PostState.PUBLISHED,
        2: PostState.SUPERSEDED,
        3: PostState.INSPECTING,
    }
    seen.hear(said(ContentVerdict.ACCEPTED, 2), NOW + timedelta(hours=1))
    assert seen.versions[1].state is PostState.SUPERSEDED
    assert (seen.published, seen.first_published_at) == (3, NOW)
    assert seen.edited_at == NOW + timedelta(hours=1)


def test_a_verdict_counts_for_the_latest_version_once(post: HeldPost) -> None:
    accepted = said(ContentVerdict.ACCEPTED, 2)
    assert rules.decide_verdict(post, 1, accepted, is_erased=False) == Accept(
        (ContentChange.PUBLISHED,)
    )
    assert rules.decide_verdict(post, 1, accepted, is_erased=True) == Unchanged()
    assert rules.decide_verdict(None, 1, accepted, is_erased=False) == Unchanged()
    post.hear(said(ContentVerdict.REFUSED, 3), NOW)
    assert rules.decide_verdict(post, 1, accepted, is_erased=False) == Unchanged()
    appeal = said(ContentVerdict.REVIEW, 4, is_appeal=True)
    assert rules.decide_verdict(post, 1, appeal, is_erased=False) == Accept(
        (ContentChange.IN_REVIEW,)
    )
    post.hear(appeal, NOW)
    assert post.versions[1].is_appealed
    post.hear(said(ContentVerdict.ACCEPTED, 5), NOW)
    refused = said(ContentVerdict.REFUSED, 6)
    assert rules.decide_verdict(post, 1, refused, is_erased=False) == Unchanged()
    post.write(OTHER)
    assert rules.decide_verdict(post, 1, said(ContentVerdict.REVIEW, 7), is_erased=False) == (
        Unchanged()
    )
    post.delete()
    assert rules.decide_verdict(post, 2, refused, is_erased=False) == Unchanged()


def test_a_deletion_leaves_a_tombstone(seen: HeldPost) -> None:
    assert rules.decide_delete(seen, ANN, 2, is_erased=False) == rules.CONFLICT
    assert rules.decide_delete(seen, ANN, 1, is_erased=False) == Accept((ContentChange.DELETED,))
    seen.delete()
    assert rules.decide_delete(seen, ANN, None, is_erased=False) == Unchanged()
    assert rules.decide_delete(seen, BEA, None, is_erased=False) == rules.NOT_THERE
    assert rules.decide_delete(None, ANN, None, is_erased=False) == rules.NOT_THERE
    assert (seen.versions, seen.published, seen.is_visible) == ({}, None, False)


def test_an_erasure_takes_the_own_post_and_what_was_left_at_others(seen: HeldPost) -> None:
    erase = rules.decide_erasure
    assert erase(seen, ANN, has_left_traces=False) == Accept((ContentChange.DELETED,))
    assert erase(seen, BEA, has_left_traces=True) == Accept((ContentChange.TRACES_ERASED,))
    assert erase(seen, BEA, has_left_traces=False) == Unchanged()
    assert erase(None, BEA, has_left_traces=False) == Unchanged()
