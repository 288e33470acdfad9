"""What is read of posts, in memory: it shows what it is given, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from chatstream.domain.content.texts import tag_key
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.content_people import Author
from chatstream.ports.content_search import ContentHit, ContentQuery
from chatstream.ports.contents import Content, OwnVersion, Page, VersionOfContent
from chatstream.ports.feeds import Subscription
from chatstream.ports.inspections import Inspection

T = TypeVar("T")

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
CONTENT_ID = "0199c0de-0000-7000-8000-00000000000a"
AUTHOR_ID = "0199c0de-0000-7000-8000-0000000000aa"
JIEUN = Author(AUTHOR_ID, "jieun", "지은")


def content_of(content_id: str = CONTENT_ID, **changes: Any) -> Content:
    """A published post of Jieun's, as others see it."""
    content = Content(
        content_id=content_id,
        version=1,
        title="겨울 바다",
        body="**눈**이 와요.",
        tags=("바다", "winter"),
        author_id=AUTHOR_ID,
        user_id=JIEUN.user_id,
        user_name=JIEUN.name,
        published_at=AT,
    )
    return replace(content, **changes)


def mine(state: str = "published", version: int = 1, **changes: Any) -> OwnVersion:
    """How a version of one's own stands."""
    return replace(OwnVersion(version=version, state=state), **changes)


def version_of(number: int = 1, **changes: Any) -> VersionOfContent:
    """A version of a post."""
    version = VersionOfContent(
        version=number,
        title=f"title {number}",
        body=f"*body* {number}",
        tags=("sea",),
        state="published",
        reasons=(),
        note="",
        is_appealed=False,
        written_at=AT + timedelta(minutes=number),
    )
    return replace(version, **changes)


def inspection_of(content_id: str = CONTENT_ID, **changes: Any) -> Inspection:
    """An inspection in review of version 2, while everybody sees version 1."""
    inspection = Inspection(
        content_id=content_id,
        author_id=AUTHOR_ID,
        user_id=JIEUN.user_id,
        user_name=JIEUN.name,
        state="review",
        since=AT,
        judge="rules",
        text="",
        inspected=version_of(2, state="review", reasons=("links",)),
        published=version_of(1),
    )
    return replace(inspection, **changes)


@dataclass
class FakeContents:
    """ContentReader, FeedReader, InspectionReader, AuthorReader and ContentSearch.

    Everybody sees what is `known`, but for those whom its author blocks (`hidden_from`, by post).
    """

    known: dict[str, Content] = field(default_factory=lambda: {CONTENT_ID: content_of()})
    hidden_from: set[tuple[str, str]] = field(default_factory=set)
    all_versions: dict[str, list[VersionOfContent]] = field(default_factory=dict)
    best: list[str] = field(default_factory=list)
    subscribed: dict[str, list[Subscription]] = field(default_factory=dict)
    queue: list[Inspection] = field(default_factory=list)
    people: dict[str, Author] = field(default_factory=lambda: {JIEUN.user_id: JIEUN})
    hits: list[ContentHit] = field(default_factory=list)
    queries: list[ContentQuery] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def content(self, content_id: str, account_id: str) -> Content | None:
        """See ContentReader."""
        found = await self.visible([content_id], account_id)
        return found.get(content_id)

    async def versions(self, content_id: str, account_id: str) -> Sequence[VersionOfContent]:
        """See ContentReader."""
        content = await self.content(content_id, account_id)
        if content is None:
            raise UserError(ErrorCode.CONTENT_NOT_FOUND)
        if content.mine is None:
            raise UserError(ErrorCode.NOT_THE_AUTHOR)
        return self.all_versions[content_id]

    async def of_author(
        self, author_id: str, account_id: str, *, cursor: str | None, limit: int
    ) -> Page:
        """See ContentReader; the cursor is a number."""
        self.asked.append(("author", author_id))
        found = [each for each in self.known.values() if each.author_id == author_id]
        return page_of(found, cursor, limit)

    async def of_tag(self, tag: str, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """See ContentReader; the cursor is a number."""
        self.asked.append(("tag", tag))
        found = [each for each in self.known.values() if tag_key(tag) in map(tag_key, each.tags)]
        return page_of(found, cursor, limit)

    async def visible(self, content_ids: Sequence[str], account_id: str) -> Mapping[str, Content]:
        """See ContentReader."""
        return {
            each: self.known[each]
            for each in content_ids
            if each in self.known and (each, account_id) not in self.hidden_from
        }

    async def feed(self, account_id: str, *, cursor: str | None, limit: int) -> Page:
        """See FeedReader: everything of authors who are subscribed to."""
        authors = {each.author_id for each in self.subscribed.get(account_id, ())}
        found = [each for each in self.known.values() if each.author_id in authors]
        return page_of(found, cursor, limit)

    async def popular(self, account_id: str, *, limit: int) -> Sequence[str]:
        """See FeedReader."""
        return self.best[:limit]

    async def subscriptions(
        self, account_id: str, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[Subscription], str | None]:
        """See FeedReader; the cursor is a number."""
        return page_of(self.subscribed.get(account_id, []), cursor, limit)

    async def subscribes(self, account_id: str, author_id: str) -> bool:
        """See FeedReader."""
        found = self.subscribed.get(account_id, ())
        return any(each.author_id == author_id for each in found)

    async def inspections(
        self, *, state: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Inspection], str | None]:
        """See InspectionReader; the cursor is a number."""
        return page_of([each for each in self.queue if each.state == state], cursor, limit)

    async def inspection(self, content_id: str, version: int) -> Inspection | None:
        """See InspectionReader."""
        found = (each for each in self.queue if each.content_id == content_id)
        return next((each for each in found if each.inspected.version == version), None)

    async def author(self, user_id: str) -> Author | None:
        """See AuthorReader."""
        return self.people.get(user_id)

    async def search(self, query: ContentQuery) -> tuple[Sequence[ContentHit], str | None]:
        """See ContentSearch: it finds what it is given."""
        self.queries.append(query)
        return page_of(self.hits, query.cursor, query.limit)


def page_of(found: Sequence[T], cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """A page of what was found, and the place behind it."""
    if cursor is not None and not cursor.isdigit():
        raise invalid("cursor", "must be that of the former page of the same list, unchanged")
    start = int(cursor or 0)
    end = start + limit
    return found[start:end], str(end) if end < len(found) else None
