"""The search in what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentQuery:
    """What is looked for; `author_id` is an account. `since` <= first publication < `until`.

    `sort` is newest or best.
    """

    text: str
    author_id: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None
    sort: str = "newest"
    cursor: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentHit:
    """A found version; matches stand between U+E000 and U+E001 in what is highlighted.

    `body_highlight` is a piece of the body around its matches, empty when only the title has any.
    """

    content_id: str
    version: int
    title_highlight: str
    body_highlight: str = ""


class ContentSearch(Protocol):
    """The index of what is published; a moment behind, so whoever shows hits looks at them anew."""

    async def search(self, query: ContentQuery) -> tuple[Sequence[ContentHit], str | None]:
        """Found posts, each once, and the cursor of the next page.

        INVALID_INPUT for a wrong cursor; TransientFailure while the index is away.
        """
        ...
