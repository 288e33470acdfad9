"""Subscriptions to authors, and the feeds that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chatstream.domain.content.subscriptions import SubscriptionAct
from chatstream.domain.lines import Identity
from chatstream.ports.contents import Page

# -- writing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionWish:
    """What an account asks about an author."""

    partition: int
    request_id: str
    account_id: str
    author_id: str
    act: SubscriptionAct

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return (self.request_id,)


@dataclass(frozen=True, slots=True)
class SubscriptionAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes


class SubscriptionStore(Protocol):
    """The write side of subscriptions."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[SubscriptionWish]
    ) -> Sequence[SubscriptionAnswer]:
        """Carry out the wishes in order, in one transaction; facts first, by number.

        Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class WaitingPushes:
    """How many posts are still to be pushed, and how long ago the oldest was published."""

    posts: int
    seconds: float


class FanOut(Protocol):
    """Pushes what is published into feeds, a batch at a time, whoever began with it."""

    async def push(self) -> bool:
        """Push the next batch of a post, or take one of a deleted post out; False: none waits."""
        ...

    async def fill(self) -> bool:
        """Push an author's posts to one who has subscribed; False: nobody waits for it."""
        ...

    async def waiting(self) -> WaitingPushes:
        """What is still to be pushed."""
        ...


class PopularCount(Protocol):
    """The ranking of posts by what was seen and liked in the last day."""

    async def recount(self) -> None:
        """Count anew; readers see the former ranking until it is done."""
        ...


# -- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An author to whom an account subscribes."""

    author_id: str
    user_id: str
    user_name: str
    since: datetime


class FeedReader(Protocol):
    """Feeds, always as they are now."""

    async def feed(self, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """Published posts of the authors to whom the account subscribes now, also older ones.

        By first publication, newest first, without authors blocked either way; a cursor skips
        nothing that was published before the first page. INVALID_INPUT for a wrong cursor.
        """
        ...

    async def popular(self, account_id: str, *, limit: int) -> Sequence[str]:
        """The posts with the most views and likes of the last 24 hours, the best first."""
        ...

    async def subscriptions(
        self, account_id: str, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[Subscription], str | None]:
        """Whom the account subscribes to, the latest first; INVALID_INPUT for a wrong cursor."""
        ...

    async def subscribes(self, account_id: str, author_id: str) -> bool:
        """Whether the account subscribes to the author."""
        ...
