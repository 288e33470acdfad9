"""Posts as a worker holds them, proved to be up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatstream.domain.content.author_pages import PageAsked
from chatstream.domain.content.freshness import LineState, Unheld


class PostHolders(Protocol):
    """Who holds which partition of the posts, beside their lines."""

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """A new claim of each; what holds it by an older one proves nothing from now on."""
        ...

    async def lines(self, partitions: Sequence[int]) -> Mapping[int, LineState]:
        """The head and the latest claim of each that was ever claimed, all at one moment."""
        ...


@dataclass(frozen=True, slots=True)
class HotPost:
    """What a holder says: the post, None when there is none to be seen; and its proof's age."""

    post: Mapping[str, Any] | None
    age: float


@dataclass(frozen=True, slots=True)
class HotPage:
    """What holders say together: posts, the newest first, and whether there are more behind."""

    posts: Sequence[Mapping[str, Any]]
    has_more: bool


class HotPosts(Protocol):
    """The posts as everybody sees them, from whoever holds them."""

    async def post(self, content_id: str) -> HotPost | Unheld:
        """As it was at most a second ago; else why nobody can say: then Postgres is asked."""
        ...

    async def settle(self, content_id: str, fact_no: int | None) -> None:
        """Returns when no answer of `post` or `page` lacks this fact of the post, whoever asks.

        None: a fact that is stored, of which nobody knows the number any more.
        """
        ...

    async def page(self, asked: PageAsked) -> HotPage | Unheld:
        """What an author has published, as it was at most a second ago, in Postgres' order."""
        ...
