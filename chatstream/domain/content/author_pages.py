"""An author's page out of the newest posts that each partition lists of the author.

A partition lists what an author has published by first publication, and no more than the newest
`MOST`; what fell out of its list was published no later than its *floor*. So a page is known where
every partition says its part and all of the page lies above every floor.

Facts tell times to the millisecond, Postgres goes by the microsecond. Where two posts next to each
other are of one millisecond nobody knows their order here: Postgres is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from chatstream.domain.content.freshness import Unheld, is_good

MOST = 64
"""Posts that a partition lists of an author."""

Place = tuple[str, str]
"""When a post was first published, and its id: the order of the page, from the highest down."""

Post = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Newest:
    """What a partition lists of an author, the newest first; `floor`: None while nothing fell out.

    All that the author has published there after the floor is among the places.
    """

    places: tuple[Place, ...] = ()
    floor: str | None = None

    def having(self, place: Place, most: int = MOST) -> Newest:
        """With a published post; one that was never above the floor is not taken up."""
        is_below = self.floor is not None and place[0] <= self.floor
        if is_below or place in self.places:
            return self
        places = sorted((*self.places, place), reverse=True)
        floor = places[most][0] if len(places) > most else self.floor
        return Newest(tuple(places[:most]), floor)

    def lacking(self, content_id: str) -> Newest:
        """Without a post that is deleted."""
        left = tuple(place for place in self.places if place[1] != content_id)
        return self if len(left) == len(self.places) else replace(self, places=left)


@dataclass(frozen=True, slots=True)
class AuthorPart:
    """That a partition's part of a page is there, how old its proof is, and its floor."""

    partition: int
    age: float
    floor: str | None


@dataclass(frozen=True, slots=True)
class PageAsked:
    """So many posts of an author, behind the one at `after` if that is not None."""

    author_id: str
    limit: int
    after: Place | None = None

    @property
    def most(self) -> int:
        """What holders are asked for: the page, one that tells of more, and the one at `after`."""
        return self.limit + 2


def place_of(post: Post) -> Place:
    """The place of a published post."""
    return post["publishedAt"], post["contentId"]


def merged(
    asked: PageAsked,
    parts: Sequence[AuthorPart],
    posts: Sequence[Post],
    *,
    partitions: int,
    took: float,
) -> tuple[Sequence[Post], bool] | Unheld:
    """The page, and whether there are more behind it; else why this cannot be known.

    `posts` are of each holder the first `asked.most` that were published no later than
    `asked.after`; `took` seconds passed between asking and the last answer.
    """
    if sorted(part.partition for part in parts) != list(range(partitions)):
        return Unheld.UNPROVED
    if not all(is_good(part.age, took) for part in parts):
        return Unheld.LATE
    found = sorted(map(place_of, posts), reverse=True)
    if asked.after is not None:
        if any(_are_tied(place, asked.after) for place in found):
            return Unheld.TIED
        found = [place for place in found if place < asked.after]
    found = found[: asked.limit + 1]
    if any(_are_tied(*pair) for pair in pairwise(found)):
        return Unheld.TIED
    page, has_more = found[: asked.limit], len(found) > asked.limit
    floor = max((part.floor for part in parts if part.floor is not None), default=None)
    if floor is not None and not (has_more and page[-1][0] > floor):
        return Unheld.BEYOND
    by_place = {place_of(post): post for post in posts}
    return [by_place[place] for place in page], has_more


def _are_tied(one: Place, other: Place) -> bool:
    """Whether two posts are of one millisecond."""
    return one[0] == other[0] and one[1] != other[1]
