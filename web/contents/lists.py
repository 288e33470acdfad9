"""GET /content, /content/feed and /content/popular: posts, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from chatstream.domain.content.texts import check_tags
from chatstream.errors import ErrorCode, invalid
from chatstream.ports.content_people import Author, AuthorReader
from chatstream.ports.contents import ContentReader, Page
from chatstream.ports.feeds import FeedReader
from chatstream.ports.logins import Caller
from web.contents.people import author_of
from web.contents.shapes import (
    AuthorView,
    ContentsQuery,
    ContentsView,
    PopularQuery,
    PostPageQuery,
)
from web.contents.showing import summary_view
from web.edge.bodies import answer, read_query
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation
from web.shown_names import person_name


@dataclass(frozen=True)
class ListPorts:
    """What the views of this module need."""

    contents: ContentReader
    feeds: FeedReader
    authors: AuthorReader


class ListViews:
    """The handlers."""

    def __init__(self, ports: ListPorts) -> None:
        self._ports = ports

    @operation(
        "The posts of an author, or with a tag",
        query=ContentsQuery,
        answers={200: ContentsView},
        errors=(ErrorCode.USER_NOT_FOUND,),
    )
    async def of(self, request: web.Request) -> web.Response:
        """What is published, the newest first; an author's with whether the caller subscribes."""
        caller, query = caller_of(request), read_query(request, ContentsQuery)
        contents, cursor, limit = self._ports.contents, query.cursor, query.limit
        if query.author is None and query.tag is None:
            raise invalid("author", "must be given, or `tag` instead")
        if query.author is not None and query.tag is not None:
            raise invalid("author", "must not be given together with `tag`")
        if query.author is None:
            (tag,) = check_tags([query.tag])
            page = await contents.of_tag(tag, caller.account_id, cursor=cursor, limit=limit)
            return _listed(page)
        author = await author_of(self._ports.authors, "author", query.author)
        page = await contents.of_author(
            author.account_id, caller.account_id, cursor=cursor, limit=limit
        )
        return _listed(page, await self._author_view(author, caller))

    @operation("My feed", query=PostPageQuery, answers={200: ContentsView})
    async def feed(self, request: web.Request) -> web.Response:
        """Posts of the authors to whom one subscribes now, also older ones, the newest first."""
        caller, query = caller_of(request), read_query(request, PostPageQuery)
        return _listed(
            await self._ports.feeds.feed(caller.account_id, cursor=query.cursor, limit=query.limit)
        )

    @operation("Popular posts", query=PopularQuery, answers={200: ContentsView})
    async def popular(self, request: web.Request) -> web.Response:
        """By the views and likes of the last 24 hours, a like as three views; the best first."""
        caller, query = caller_of(request), read_query(request, PopularQuery)
        ids = await self._ports.feeds.popular(caller.account_id, limit=query.limit)
        seen = await self._ports.contents.visible(ids, caller.account_id)
        return _listed(([seen[each] for each in ids if each in seen], None))

    async def _author_view(self, author: Author, caller: Caller) -> AuthorView:
        subscribed = await self._ports.feeds.subscribes(caller.account_id, author.account_id)
        name = person_name(author.name, author.user_id)
        return AuthorView(user_id=author.user_id, name=name, subscribed=subscribed)


def _listed(page: Page, author: AuthorView | None = None) -> web.Response:
    contents, cursor = page
    shown = [summary_view(each) for each in contents]
    return answer(ContentsView(contents=shown, cursor=cursor, author=author))


ROUTES: tuple[Route, ...] = (
    ("GET", "/content", ListViews.of),
    ("GET", "/content/feed", ListViews.feed),
    ("GET", "/content/popular", ListViews.popular),
)


def register(web_app: web.Application, ports: ListPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, ListViews(ports))
