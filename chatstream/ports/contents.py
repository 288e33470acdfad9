"""What people publish: the write side of posts, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from chatstream.domain.content.posts import SaidOfVersion
from chatstream.domain.lines import Identity

# -- writing -------------------------------------------------------------------------------------


class ContentAct(Enum):
    """What is asked of a post; nobody waits for APPLY_VERDICT and ERASE."""

    WRITE = "write"
    EDIT = "edit"
    DELETE = "delete"
    LIKE = "like"
    UNLIKE = "unlike"
    VIEW = "view"
    APPLY_VERDICT = "applyVerdict"
    ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentWish:
    """What an account asks of a post; a part of the text that is None stays as it is.

    `version` is the latest that an EDIT or DELETE knows of, or that a verdict is about.
    """

    partition: int
    request_id: str
    account_id: str
    content_id: str
    act: ContentAct
    version: int | None = None
    title: str | None = None
    body: str | None = None
    tags: tuple[str, ...] | None = None
    verdict: SaidOfVersion | None = None

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return (self.request_id,)


@dataclass(frozen=True, slots=True)
class ContentAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: no change."""

    wish: int
    fact_no: int | None
    body: bytes


class ContentStore(Protocol):
    """The write side of posts."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ContentWish]
    ) -> Sequence[ContentAnswer]:
        """Carry out the wishes in order, in one transaction; facts first, by number.

        A repeat gets its stored fact, and what changed nothing is answered as before. Raises like
        MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTraces:
    """Where lines have still to forget an account, and what was erased just now, by kind.

    `posts` are those that it wrote, liked or was shown, `subscriptions` (subscriber, author); each
    list may go on. `is_more`: rows of feeds are left.
    """

    posts: Sequence[str]
    subscriptions: Sequence[tuple[str, str]]
    erased: Mapping[str, int]
    is_more: bool = False


class ContentEraser(Protocol):
    """An erased account's posts, inspections and subscriptions, and what it left elsewhere."""

    async def erase(self, account_id: str) -> ContentTraces:
        """Blank the account; from then on no line tells anything new of it."""
        ...


# -- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnVersion:
    """The latest version as its author is told of it; `reasons` are names of rules."""

    version: int
    state: str
    reasons: Sequence[str] = ()
    note: str = ""
    is_appealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A post as an account sees it: the published version, to its author else the latest.

    An erased author has no handle and no name. `mine` is there for the author alone.
    """

    content_id: str
    version: int
    title: str
    body: str
    tags: Sequence[str]
    author_id: str | None
    user_id: str | None
    user_name: str | None
    published_at: datetime | None
    edited_at: datetime | None = None
    likes: int = 0
    views: int = 0
    is_liked: bool = False
    mine: OwnVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionOfContent:
    """One version, as its author and operators see it."""

    version: int
    title: str
    body: str
    tags: Sequence[str]
    state: str
    reasons: Sequence[str]
    note: str
    is_appealed: bool
    written_at: datetime


Page = tuple[Sequence[Content], str | None]
"""Some posts, and the cursor of the next page; None: there is none."""


class ContentReader(Protocol):
    """The read side, always the newest state."""

    async def content(self, content_id: str, account_id: str) -> Content | None:
        """One post; None where the account is to see none."""
        ...

    async def versions(self, content_id: str, account_id: str) -> Sequence[VersionOfContent]:
        """All versions, the latest first, for the author.

        UserError CONTENT_NOT_FOUND, and NOT_THE_AUTHOR for others who see the post.
        """
        ...

    async def of_author(
        self, author_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page:
        """What an author has published, by first publication, newest first.

        INVALID_INPUT for a wrong cursor. Nothing where either blocks the other.
        """
        ...

    async def of_tag(self, tag: str, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """What is published with a tag, newest first, without authors blocked either way.

        Tags that differ by case or width alone are one.
        """
        ...

    async def visible(self, content_ids: Sequence[str], account_id: str) -> Mapping[str, Content]:
        """Those of the posts that the account is to see now, published and of nobody blocked."""
        ...
