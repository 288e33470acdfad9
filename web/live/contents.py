"""Posts, as their author is told what has become of them."""

from __future__ import annotations

from collections.abc import Container, Iterable

from schemas.records import VersionInReview, VersionPublished, VersionRefused
from web.live.events import Body
from web.live.news import AccountNews, News


class ContentPublishedTold(Body, frozen=True, kw_only=True, tag="contentPublished"):
    """From now on everybody sees this version of the account's post."""

    content_id: str
    version: int
    published_at: str
    edited_at: str | None = None


class ContentRefusedTold(Body, frozen=True, kw_only=True, tag="contentRefused"):
    """A version of the account's post is not published; `note` is what an operator says of it."""

    content_id: str
    version: int
    reasons: tuple[str, ...]
    note: str


class ContentInReviewTold(Body, frozen=True, kw_only=True, tag="contentInReview"):
    """A person must look at a version of the account's post first."""

    content_id: str
    version: int
    reasons: tuple[str, ...]


def published(fact: VersionPublished, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For the author."""
    told = ContentPublishedTold(
        content_id=fact.content_id,
        version=fact.version,
        published_at=fact.first_published_at,
        edited_at=fact.edited_at,
    )
    return ((fact.author_id, told),)


def refused(fact: VersionRefused, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For the author."""
    told = ContentRefusedTold(
        content_id=fact.content_id, version=fact.version, reasons=fact.reasons, note=fact.note
    )
    return ((fact.author_id, told),)


def in_review(fact: VersionInReview, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For the author."""
    told = ContentInReviewTold(
        content_id=fact.content_id, version=fact.version, reasons=fact.reasons
    )
    return ((fact.author_id, told),)


NEWS = News(
    accounts=(
        AccountNews(
            VersionPublished, ContentPublishedTold, published, fact_no=lambda fact: fact.fact_no
        ),
        AccountNews(VersionRefused, ContentRefusedTold, refused, fact_no=lambda fact: fact.fact_no),
        AccountNews(
            VersionInReview, ContentInReviewTold, in_review, fact_no=lambda fact: fact.fact_no
        ),
    ),
)
