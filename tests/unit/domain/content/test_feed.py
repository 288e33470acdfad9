"""What a feed is: the recomputation that every kept feed is held against."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatstream.domain.content.feed import FeedFacts, Post, is_pushed

ME, ANA, BO = "me", "ana", "bo"
START = datetime(2026, 1, 1, tzinfo=UTC)


def post(content_id: str, author_id: str = ANA, minute: int = 0) -> Post:
    return Post(content_id, author_id, START + timedelta(minutes=minute))


@pytest.fixture
def facts() -> FeedFacts:
    facts = FeedFacts()
    facts.subscribed(ME, ANA)
    return facts


def ids(facts: FeedFacts, subscriber_id: str = ME) -> list[str]:
    return [each.content_id for each in facts.feed(subscriber_id)]


def test_newest_first_publication_comes_first_and_equal_ones_by_id(facts: FeedFacts) -> None:
    for each in (post("b"), post("a"), post("new", minute=2), post("old", minute=-1)):
        facts.published(each)
    assert ids(facts) == ["new", "b", "a", "old"]


def test_a_later_version_keeps_the_place(facts: FeedFacts) -> None:
    facts.published(post("a"))
    facts.published(post("b", minute=1))
    facts.published(post("a", minute=2))
    assert ids(facts) == ["b", "a"]


def test_what_was_withdrawn_never_comes_back(facts: FeedFacts) -> None:
    facts.withdrawn("a")
    facts.published(post("a"))
    assert ids(facts) == []


def test_older_posts_are_read_too_and_nobody_elses(facts: FeedFacts) -> None:
    facts.published(post("a", BO))
    assert ids(facts) == []
    facts.subscribed(ME, BO)
    assert ids(facts) == ["a"]
    facts.unsubscribed(ME, BO)
    assert ids(facts) == []


@pytest.mark.parametrize("pair", [(ME, ANA), (ANA, ME)])
def test_a_block_of_either_side_hides_as_long_as_it_holds(
    facts: FeedFacts, pair: tuple[str, str]
) -> None:
    facts.published(post("a"))
    facts.blocked(*pair)
    assert ids(facts) == []
    facts.unblocked(*pair)
    assert ids(facts) == ["a"]


def test_an_erased_author_leaves_every_feed(facts: FeedFacts) -> None:
    facts.subscribed(ME, BO)
    facts.published(post("a"))
    facts.published(post("b", BO))
    facts.erased(ANA)
    assert ids(facts) == ["b"]
    assert facts.subscriptions == {(ME, BO)}


@pytest.mark.parametrize(
    ("followers", "is_merged", "pushed"),
    [(0, False, True), (9, False, True), (10, False, False), (0, True, False)],
)
def test_an_author_at_the_limit_is_merged_and_stays_so(
    followers: int, is_merged: bool, pushed: bool
) -> None:
    assert is_pushed(followers, 10, is_merged=is_merged) is pushed
