"""/ops/inspections, page or JSON: what waits for a person, and what operators decide."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from chatstream.domain.content.texts import check_note
from chatstream.errors import ErrorCode
from chatstream.ports.inspections import InspectionReader
from chatstream.ports.wishes import WishSender
from schemas import records
from web.contents.shapes import (
    DecidedView,
    DecisionBody,
    InspectionsQuery,
    InspectionsView,
)
from web.contents.showing import inspection_view
from web.contents.wishes import ask_inspection, content_id_of, named
from web.edge.bodies import answer, read_body, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.operators import operator_of

PATH = "/ops/inspections"


@dataclass(frozen=True)
class ReviewPorts:
    """What the views of this module need; `page` answers browsers."""

    wishes: WishSender
    inspections: InspectionReader
    page: Handler


class ReviewViews:
    """The handlers."""

    def __init__(self, ports: ReviewPorts) -> None:
        self._ports = ports

    @operation(
        "Inspections (operators)",
        query=InspectionsQuery,
        answers={200: InspectionsView},
        errors=(ErrorCode.ACCESS_DENIED,),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers; for programs those in a state, the longest in it first."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        operator_of(request)
        query = read_query(request, InspectionsQuery)
        found, cursor = await self._ports.inspections.inspections(
            state=query.state, cursor=query.cursor, limit=query.limit
        )
        shown = [await inspection_view(each) for each in found]
        return by_accept(answer(InspectionsView(inspections=shown, cursor=cursor)))

    @operation(
        "Decide about a post (operators)",
        body=DecisionBody,
        answers={200: DecidedView},
        errors=(
            ErrorCode.ACCESS_DENIED,
            ErrorCode.CONTENT_NOT_FOUND,
            ErrorCode.ALREADY_DECIDED,
            ErrorCode.VERSION_CONFLICT,
            ErrorCode.BUSY,
        ),
    )
    async def decide(self, request: web.Request) -> web.Response:
        """Accept or refuse the latest version; who decided and why is kept."""
        operator, body = operator_of(request), await read_body(request, DecisionBody)
        content_id = content_id_of(request)
        wish = records.ReviewVersion(
            **named(operator, content_id),
            version=body.version,
            decision=body.decision,
            note=check_note(body.reason),
        )
        await ask_inspection(self._ports.wishes, wish)
        verdict = "accepted" if body.decision == "accept" else "refused"
        return answer(DecidedView(content_id=content_id, version=body.version, verdict=verdict))


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, ReviewViews.list),
    ("POST", f"{PATH}/{{contentId}}", ReviewViews.decide),
)


def register(web_app: web.Application, ports: ReviewPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, ReviewViews(ports))
