"""/content/{contentId}/like and …/appeal: what readers and authors say of a post."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from chatstream.domain.content.texts import check_appeal
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.contents import ContentReader
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from web.contents.shapes import AppealBody, WrittenView
from web.contents.wishes import (
    STORES,
    ask_content,
    ask_inspection,
    content_id_of,
    named,
    not_found,
)
from web.edge.bodies import answer, read_body
from web.edge.limits import PerMinute
from web.edge.middleware import caller_of
from web.edge.openapi import Route, mount, operation


@dataclass(frozen=True)
class ReactionPorts:
    """What the views of this module need; `changes` limits an account."""

    wishes: WishSender
    contents: ContentReader
    changes: PerMinute


class ReactionViews:
    """The handlers; all are safe to repeat."""

    def __init__(self, ports: ReactionPorts) -> None:
        self._ports = ports

    @operation("Like a post", answers={204: None}, errors=(ErrorCode.CONTENT_NOT_FOUND, *STORES))
    async def like(self, request: web.Request) -> web.Response:
        """204 also when it is so already."""
        return await self._react(request, records.LikeContent)

    @operation(
        "Like a post no more", answers={204: None}, errors=(ErrorCode.CONTENT_NOT_FOUND, *STORES)
    )
    async def unlike(self, request: web.Request) -> web.Response:
        """204 also when it is so already."""
        return await self._react(request, records.UnlikeContent)

    async def _react(
        self,
        request: web.Request,
        kind: type[records.LikeContent | records.UnlikeContent],
    ) -> web.Response:
        caller, content_id = caller_of(request), content_id_of(request)
        self._ports.changes.hit(caller.account_id)
        await ask_content(self._ports.wishes, kind(**named(caller, content_id)))
        return web.Response(status=204)

    @operation(
        "Ask for another look at a refused post",
        body=AppealBody,
        answers={202: WrittenView},
        errors=(
            ErrorCode.CONTENT_NOT_FOUND,
            ErrorCode.NOT_THE_AUTHOR,
            ErrorCode.ALREADY_APPEALED,
            ErrorCode.VERSION_CONFLICT,
            *STORES,
        ),
    )
    async def appeal(self, request: web.Request) -> web.Response:
        """Once for the latest version, by its author; a person looks at it."""
        caller, body = caller_of(request), await read_body(request, AppealBody)
        content_id, text = content_id_of(request), check_appeal(body.text or "")
        self._ports.changes.hit(caller.account_id)
        version = await self._latest(content_id, caller)
        wish = records.AppealVersion(**named(caller, content_id), version=version, text=text)
        await ask_inspection(self._ports.wishes, wish)
        return answer(
            WrittenView(content_id=content_id, version=version, state="review"), status=202
        )

    async def _latest(self, content_id: str, caller: Caller) -> int:
        content = await self._ports.contents.content(content_id, caller.account_id)
        if content is None:
            raise not_found()
        if content.mine is None:
            raise UserError(ErrorCode.NOT_THE_AUTHOR, "only the author may do this")
        return content.mine.version


ROUTES: tuple[Route, ...] = (
    ("PUT", "/content/{contentId}/like", ReactionViews.like),
    ("DELETE", "/content/{contentId}/like", ReactionViews.unlike),
    ("POST", "/content/{contentId}/appeal", ReactionViews.appeal),
)


def register(web_app: web.Application, ports: ReactionPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, ReactionViews(ports))
