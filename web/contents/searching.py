"""GET /search/content: what is published, by its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from chatstream.domain.content.texts import check_tags
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.content_people import AuthorReader
from chatstream.ports.content_search import ContentHit, ContentQuery, ContentSearch
from chatstream.ports.contents import Content, ContentReader
from web.contents.people import author_of
from web.contents.shapes import PostHitsView, PostHitView
from web.contents.showing import hit_view
from web.edge.bodies import Shape, answer, check_names, read_query
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.edge.times import span

PATH = "/search/content"


class ContentSearchQuery(Shape):
    """The query: every word of `q` must be in the post; `from` <= first publication < `to`."""

    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    author: str | None = Field(None, min_length=1, max_length=40, description="a userId")
    tag: str | None = Field(None, min_length=1, max_length=100)
    since: str | None = Field(None, alias="from", description="RFC 3339 with a zone")
    until: str | None = Field(None, alias="to", description="RFC 3339 with a zone")
    sort: Literal["newest", "best"] = "newest"
    cursor: str | None = Field(None, min_length=1, max_length=2000)
    limit: int = Field(20, ge=1, le=50)


@dataclass(frozen=True)
class PostSearchPorts:
    """What the views of this module need; `searches` limits an account."""

    search: ContentSearch
    contents: ContentReader
    authors: AuthorReader
    searches: PerMinute


class PostSearchViews:
    """The handler."""

    def __init__(self, ports: PostSearchPorts) -> None:
        self._ports = ports

    @operation(
        "Search posts",
        query=ContentSearchQuery,
        answers={200: PostHitsView},
        errors=(ErrorCode.USER_NOT_FOUND, ErrorCode.RATE_LIMITED),
    )
    async def contents(self, request: web.Request) -> web.Response:
        """What is published and may be seen by the caller now, newest or best first."""
        caller = caller_of(request)
        check_names(request, ContentSearchQuery)
        asked = read_query(request, ContentSearchQuery)
        query = await self._query(asked)
        self._ports.searches.hit(caller.account_id)
        hits, cursor = await self._ports.search.search(query)
        ids = [hit.content_id for hit in hits]
        seen = await self._ports.contents.visible(ids, caller.account_id)
        return answer(PostHitsView(hits=_shown(hits, seen), cursor=cursor))

    async def _query(self, asked: ContentSearchQuery) -> ContentQuery:
        since, until = span(asked.since, asked.until)
        author = None
        if asked.author is not None:
            author = await author_of(self._ports.authors, "author", asked.author)
        return ContentQuery(
            text=asked.q,
            author_id=None if author is None else author.account_id,
            tag=None if asked.tag is None else check_tags([asked.tag])[0],
            since=None if since is None else to_text(since),
            until=None if until is None else to_text(until),
            sort=asked.sort,
            cursor=asked.cursor,
            limit=asked.limit,
        )


def _shown(hits: Sequence[ContentHit], seen: Mapping[str, Content]) -> list[PostHitView]:
    """The hits as they are now: the index is a moment behind."""
    return [_as_now(hit, seen[hit.content_id]) for hit in hits if hit.content_id in seen]


def _as_now(hit: ContentHit, content: Content) -> PostHitView:
    if content.version != hit.version:
        return hit_view(content, "", "")
    return hit_view(content, hit.title_highlight, hit.body_highlight)


def register(web_app: web.Application, ports: PostSearchPorts) -> None:
    """Add the route."""
    web_app.router.add_get(PATH, PostSearchViews(ports).contents)
