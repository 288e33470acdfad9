"""The panels of the dashboards, answered for operators: the source's own query, and its chart.

A browser says which panel, which time and which filters; what is asked of Elasticsearch is in the
panel's source alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import Field

from chatstream.domain.documents import MESSAGES
from chatstream.domain.times import from_text, to_text
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.accounts import ProfileReader
from chatstream.ports.log_reading import LogQuery, LogReader
from chatstream.ports.rooms import RoomReader
from infra.elastic.log_queries import clauses
from infra.kibana.queries import Filters, TimeRange, resolve
from infra.kibana.sources import Dashboard, Panel, dashboards, panels
from web import ops_pages
from web.dashboards import seconds_of
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import language_of
from web.edge.openapi import Route, mount, operation
from web.looks import Looks
from web.operators import operator_of
from web.ops_log import EntryFilters, Term, filters_of, query_of
from web.ops_people import KnownPeople

PATH = "/ops/log/panels/{panel}"
PAGES = ("/ops/dashboards", "/ops/dashboards/{dashboard}")
SINCE = 86_400
"""Seconds that are shown when neither a start nor a dashboard is named."""
_YEARS = 50
_OPEN = {"term": {"chatstream.room.kind": "open"}}


class PanelQuery(EntryFilters):
    """Without `to` it ends now; without `from` it is as long as the dashboard says, or a day."""

    dashboard: Term | None = Field(None, description="the one that it is looked at on")


class PanelView(Shape):
    """A panel with its numbers of a time: a Vega-Lite specification with the data in it."""

    name: str
    title: str
    description: str
    since: str
    until: str
    spec: dict[str, Any]


@dataclass(frozen=True)
class PanelPorts:
    """What the views of this module need."""

    log: LogReader
    looks: Looks
    rooms: RoomReader
    profiles: ProfileReader


class PanelViews:
    """The handlers."""

    def __init__(self, ports: PanelPorts) -> None:
        self._ports = ports
        self._people = KnownPeople(ports.rooms, ports.profiles)

    @operation(
        "A panel of a dashboard with its numbers, to be drawn by Vega-Lite (operators)",
        query=PanelQuery,
        answers={200: PanelView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.NOT_FOUND, ErrorCode.USER_NOT_FOUND),
    )
    async def panel(self, request: web.Request) -> web.Response:
        """All panels of one view, which have the same filters and time, are one look."""
        caller = operator_of(request)
        panel = panels().get(request.match_info["panel"])
        if panel is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such panel")
        asked = read_query(request, PanelQuery)
        dashboard = _dashboard_of(panel, asked.dashboard)
        query = await query_of(asked, self._people)
        shown = _range(query, SINCE if dashboard is None else seconds_of(dashboard))
        where = {"panel": panel.name} if dashboard is None else {"dashboard": dashboard.name}
        look = {name: each for name, each in filters_of(query).items() if name != "dataset"}
        await self._ports.looks.told(caller, "dashboards", {**look, **where}, goes_on=True)
        search = resolve(panel.request, shown, _narrowed(panel, query))
        found = await self._ports.log.run(search.index, search.body)
        return answer(_view(panel, language_of(request), shown, found))


def _view(panel: Panel, language: str, shown: TimeRange, found: Mapping[str, Any]) -> PanelView:
    numbers = {"aggregations": found["aggregations"]} if "aggregations" in found else {}
    return PanelView(
        name=panel.name,
        title=panel.title[language],
        description=panel.description[language],
        since=to_text(shown.begin),
        until=to_text(shown.end),
        spec=panel.drawn(language, numbers),
    )


def _dashboard_of(panel: Panel, name: str | None) -> Dashboard | None:
    if name is None:
        return None
    found = dashboards().get(name)
    tiles = () if found is None else found.tiles
    if ("panel", panel.name) not in {(tile.kind, tile.name) for tile in tiles}:
        raise invalid("dashboard", "must be a dashboard that has this panel")
    return found


def _range(query: LogQuery, seconds: int) -> TimeRange:
    """The time that is shown; so long at most that no histogram has more buckets than it may."""
    end = datetime.now(UTC) if query.until is None else from_text(query.until)
    begin = end - timedelta(seconds=seconds) if query.since is None else from_text(query.since)
    if begin >= end:
        raise invalid("from", "must be before the end time")
    if end - begin > timedelta(days=_YEARS * 366):
        raise invalid("to", "must be at most {years} years after the start time", years=_YEARS)
    return TimeRange(begin, end)


def _narrowed(panel: Panel, query: LogQuery) -> Filters:
    """The filters of a panel.

    What is counted of messages is told of everybody together (`/stats/words`): narrowed to a
    person or a word it would tell of one, so then only open rooms count, whose texts are public.
    """
    found = clauses(query)
    if found and MESSAGES in str(panel.request["index"]):
        found.append(_OPEN)
    return Filters(filter=found)


ROUTES: tuple[Route, ...] = (("GET", PATH, PanelViews.panel),)


def register(web_app: web.Application, ports: PanelPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, PanelViews(ports))
    web_app.add_routes([web.get(path, ops_pages.dashboard) for path in PAGES])
