"""/content: posts are written, changed, deleted and read."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from chatstream.domain.content.texts import check_body, check_tags, check_title
from chatstream.domain.messages import check_uuid
from chatstream.errors import ErrorCode, check_all, invalid
from chatstream.ports.contents import Content, ContentReader
from chatstream.ports.wishes import WishSender
from schemas import records
from web.contents.rendering import rendered
from web.contents.shapes import (
    ContentBody,
    ContentChangeBody,
    ContentView,
    DeleteQuery,
    PreviewBody,
    PreviewView,
    ReadQuery,
    VersionsView,
    WrittenView,
)
from web.contents.showing import content_view, version_view
from web.contents.viewing import Viewing
from web.contents.wishes import STORES, ask_content, content_id_of, named, not_found
from web.edge.bodies import JSON, answer, read_body, read_query
from web.edge.language import by_accept, wants_page
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation

CACHING = "private, no-cache"
_GONE = (ErrorCode.CONTENT_NOT_FOUND, ErrorCode.NOT_THE_AUTHOR)


@dataclass(frozen=True)
class PostPorts:
    """What the views of this module need.

    `writes` limits posts and edits of an account, `previews` what is only looked at; `page` answers
    browsers; `settle` returns when nobody is shown what a fact of a post took away.
    """

    wishes: WishSender
    contents: ContentReader
    viewing: Viewing
    writes: PerMinute
    previews: PerMinute
    page: Handler
    settle: Callable[[str, int | None], Awaitable[None]]


class PostViews:
    """The handlers."""

    def __init__(self, ports: PostPorts) -> None:
        self._ports = ports

    @operation(
        "Publish a post",
        body=ContentBody,
        answers={200: WrittenView, 202: WrittenView},
        errors=(ErrorCode.CONTENT_ID_REUSED, *STORES),
    )
    async def write(self, request: web.Request) -> web.Response:
        """202: it is inspected, and seen by others once it has passed; 200: it was there before."""
        caller, body = caller_of(request), await read_body(request, ContentBody)
        check_all(
            lambda: check_uuid("contentId", body.content_id),
            lambda: check_title(body.title),
            lambda: check_body(body.body),
            lambda: check_tags(body.tags),
        )
        content_id = check_uuid("contentId", body.content_id)
        self._ports.writes.hit(caller.account_id)
        wish = records.WriteContent(
            **named(caller, content_id),
            title=check_title(body.title),
            body=check_body(body.body),
            tags=check_tags(body.tags),
        )
        outcome = await ask_content(self._ports.wishes, wish)
        return _written(content_id, outcome, 200)

    @operation(
        "Change a post",
        body=ContentChangeBody,
        answers={202: WrittenView},
        errors=(*_GONE, ErrorCode.VERSION_CONFLICT, *STORES),
    )
    async def change(self, request: web.Request) -> web.Response:
        """The last published version is shown until the new one has passed."""
        caller, body = caller_of(request), await read_body(request, ContentChangeBody)
        content_id = content_id_of(request)
        if body.title is None and body.body is None and body.tags is None:
            raise invalid("body", "must have something to change")
        check_all(
            lambda: None if body.title is None else check_title(body.title),
            lambda: None if body.body is None else check_body(body.body),
            lambda: None if body.tags is None else check_tags(body.tags),
        )
        self._ports.writes.hit(caller.account_id)
        wish = records.EditContent(
            **named(caller, content_id),
            version=body.version,
            title=None if body.title is None else check_title(body.title),
            body=None if body.body is None else check_body(body.body),
            tags=None if body.tags is None else check_tags(body.tags),
        )
        outcome = await ask_content(self._ports.wishes, wish)
        return _written(content_id, outcome, 202)

    @operation(
        "Delete a post",
        query=DeleteQuery,
        answers={204: None},
        errors=(*_GONE, ErrorCode.VERSION_CONFLICT, *STORES),
    )
    async def delete(self, request: web.Request) -> web.Response:
        """It is seen no more, whatever of it is still inspected; its id is never used again."""
        caller, query = caller_of(request), read_query(request, DeleteQuery)
        content_id = content_id_of(request)
        self._ports.writes.hit(caller.account_id)
        wish = records.DeleteContent(**named(caller, content_id), version=query.version)
        outcome = await ask_content(self._ports.wishes, wish)
        fact_no = outcome.fact_no if isinstance(outcome, records.ContentDeleted) else None
        await self._ports.settle(content_id, fact_no)
        return web.Response(status=204)

    @operation(
        "A post",
        query=ReadQuery,
        answers={200: ContentView, 304: None},
        errors=(ErrorCode.CONTENT_NOT_FOUND,),
    )
    async def read(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers; for programs the published version, with an `ETag`.

        Its author is told how the latest version stands, and sees that one before any is published.
        To read it is a view, one each day.
        """
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller, query = caller_of(request), read_query(request, ReadQuery)
        content = await self._ports.contents.content(content_id_of(request), caller.account_id)
        if content is None:
            raise not_found()
        is_read = query.view and request.method == hdrs.METH_GET
        if is_read and content.published_at is not None:
            self._ports.viewing.seen(caller, content.content_id)
        return by_accept(await _conditional(request, content))

    @operation("The versions of a post", answers={200: VersionsView}, errors=_GONE)
    async def versions(self, request: web.Request) -> web.Response:
        """For its author, the latest first."""
        caller, content_id = caller_of(request), content_id_of(request)
        found = await self._ports.contents.versions(content_id, caller.account_id)
        shown = [await version_view(each) for each in found]
        return answer(VersionsView(versions=shown))

    @operation(
        "What Markdown becomes",
        body=PreviewBody,
        answers={200: PreviewView},
        errors=(ErrorCode.RATE_LIMITED,),
        from_memory=True,
    )
    async def preview(self, request: web.Request) -> web.Response:
        """As a post with this body would be shown; nothing is kept of it."""
        caller, body = caller_of(request), await read_body(request, PreviewBody)
        text = check_body(body.body)
        self._ports.previews.hit(caller.account_id)
        return answer(PreviewView(html=await rendered(text)))


async def _conditional(request: web.Request, content: Content) -> web.Response:
    """The post, or that nothing of it has changed since the caller last asked."""
    view = await content_view(content)
    body = view.model_dump_json(by_alias=True).encode()
    tag = hashlib.blake2b(body, digest_size=16).hexdigest()
    headers = {hdrs.ETAG: f'"{tag}"', hdrs.CACHE_CONTROL: CACHING}
    if any(each.value in (tag, "*") for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=JSON, headers=headers)


def _written(content_id: str, outcome: object, known: int) -> web.Response:
    """How a version stands that was written, or (with the status `known`) was there already."""
    match outcome:
        case records.VersionWritten(version=version):
            view = WrittenView(content_id=content_id, version=version, state="inspecting")
            return answer(view, status=202)
        case records.ContentUnchanged(version=int(version), state=str(state)):
            view = WrittenView(content_id=content_id, version=version, state=state)
            return answer(view, status=known)
    raise TypeError(f"{type(outcome).__name__} tells of no version")


ROUTES: tuple[Route, ...] = (
    ("POST", "/content", PostViews.write),
    ("POST", "/content/preview", PostViews.preview),
    ("GET", "/content/{contentId}", PostViews.read),
    ("PATCH", "/content/{contentId}", PostViews.change),
    ("DELETE", "/content/{contentId}", PostViews.delete),
    ("GET", "/content/{contentId}/versions", PostViews.versions),
)


def register(web_app: web.Application, ports: PostPorts) -> None:
    """Add the routes; those of lists come first, whose paths could be a post's."""
    mount(web_app, ROUTES, PostViews(ports))
