"""The pages of posts: the feed, one post, an author, writing, and the operators' queue."""

from __future__ import annotations

from aiohttp import web

from web.contents.wishes import content_id_of
from web.pages import for_members, for_operators


async def feed(request: web.Request) -> web.StreamResponse:
    """One's feed, what is popular, and the search."""
    return for_members("feed.html", request)


async def content(request: web.Request) -> web.StreamResponse:
    """One post; CONTENT_NOT_FOUND where the path can name none."""
    return for_members("content.html", request, contentId=content_id_of(request))


async def person(request: web.Request) -> web.StreamResponse:
    """What somebody has published."""
    return for_members("author.html", request, authorId=request.match_info["user_id"])


async def write(request: web.Request) -> web.StreamResponse:
    """Write a post, or change one's own: `?content=` names it."""
    return for_members("write.html", request)


async def operators(request: web.Request) -> web.StreamResponse:
    """What waits for a person; ACCESS_DENIED for those who are no operators."""
    return for_operators("ops_inspections.html", request)


def register(web_app: web.Application) -> None:
    """Add the pages that no call shares its path with."""
    web_app.router.add_get("/feed", feed)
    web_app.router.add_get("/people/{user_id}", person)
    web_app.router.add_get("/write", write)
