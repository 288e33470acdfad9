"""What a feed is, and who is pushed into it.

A feed are the posts that are published now, of the authors whom one subscribes to now and who are
blocked neither way, by first publication, newest first. Everything else is how it is kept: of an
author with few followers each post is pushed into their feeds, of one with many it is read where
it lies and merged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

# (first publication, contentId): no two posts have the same, and it never changes.
Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Post:
    """A post as feeds have it."""

    content_id: str
    author_id: str
    first_published_at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in every feed."""
        return self.first_published_at, self.content_id


def is_pushed(followers: int, limit: int, *, is_merged: bool) -> bool:
    """Whether a post is pushed; an author who was merged once stays so.

    What was not pushed meanwhile would have to be found for every follower, and an author at the
    limit would go to and fro.
    """
    return not is_merged and followers < limit


@dataclass(slots=True)
class FeedFacts:
    """Feeds recomputed from facts alone: what a kept feed must equal at any moment.

    Told in any order of the lines; those of one line in theirs.
    """

    posts: dict[str, Post] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    subscriptions: set[tuple[str, str]] = field(default_factory=set)
    blocks: set[tuple[str, str]] = field(default_factory=set)

    def published(self, post: Post) -> None:
        """A version was published; only the first publication of a post gives its place."""
        self.posts.setdefault(post.content_id, post)

    def withdrawn(self, content_id: str) -> None:
        """The post is deleted or erased, for ever."""
        self.gone.add(content_id)

    def subscribed(self, subscriber_id: str, author_id: str) -> None:
        """The one reads the other."""
        self.subscriptions.add((subscriber_id, author_id))

    def unsubscribed(self, subscriber_id: str, author_id: str) -> None:
        """The one reads the other no more."""
        self.subscriptions.discard((subscriber_id, author_id))

    def blocked(self, blocker_id: str, blocked_id: str) -> None:
        """The one blocks the other."""
        self.blocks.add((blocker_id, blocked_id))

    def unblocked(self, blocker_id: str, blocked_id: str) -> None:
        """The block is over."""
        self.blocks.discard((blocker_id, blocked_id))

    def erased(self, account_id: str) -> None:
        """Nothing of the account is read, and it reads nothing."""
        self.gone |= {
            each.content_id for each in self.posts.values() if each.author_id == account_id
        }
        self.subscriptions = {pair for pair in self.subscriptions if account_id not in pair}

    def feed(self, subscriber_id: str) -> list[Post]:
        """The whole feed, newest first."""
        found = [post for post in self.posts.values() if self._is_read(subscriber_id, post)]
        return sorted(found, key=lambda post: post.place, reverse=True)

    def _is_read(self, subscriber_id: str, post: Post) -> bool:
        one, other = subscriber_id, post.author_id
        return (
            post.content_id not in self.gone
            and (one, other) in self.subscriptions
            and (one, other) not in self.blocks
            and (other, one) not in self.blocks
        )
