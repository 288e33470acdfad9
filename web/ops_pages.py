"""The operators' pages of the log and of the topics."""

from __future__ import annotations

from aiohttp import web

from chatstream.domain.dead_letters import place_of
from chatstream.errors import ErrorCode, UserError
from infra.kibana import sources
from web import dashboards
from web.edge.language import language_of
from web.pages import for_operators
from web.shown_records import SPECS


async def log(request: web.Request) -> web.StreamResponse:
    """What happened; ACCESS_DENIED for those who are no operators."""
    return for_operators("ops_log.html", request)


async def dead_letters(request: web.Request) -> web.StreamResponse:
    """Dead letters, or the one whose id the path has; ACCESS_DENIED for who is no operator."""
    letter = request.match_info.get("letterId")
    if letter is not None and place_of(letter) is None:
        raise UserError(ErrorCode.NOT_FOUND, "there is no such dead letter")
    return for_operators("ops_dlq.html", request, letter=letter)


async def topics(request: web.Request) -> web.StreamResponse:
    """Topics and their records, of one topic where the path names one."""
    topic = request.match_info.get("topic")
    if topic is not None and topic not in SPECS:
        raise UserError(ErrorCode.NOT_FOUND, "the catalogue has no such topic")
    return for_operators("ops_topics.html", request, topic=topic)


async def dashboard(request: web.Request) -> web.StreamResponse:
    """A dashboard of the log, the first one where the path names none; NOT_FOUND for no such."""
    name = request.match_info.get("dashboard") or next(iter(sources.dashboards()))
    found = sources.dashboards().get(name)
    if found is None:
        raise UserError(ErrorCode.NOT_FOUND, "there is no such dashboard")
    language = language_of(request)
    return for_operators(
        "ops_dashboard.html",
        request,
        dashboards=dashboards.names(language),
        dashboard=dashboards.shown(found, language),
    )
