"""/ops/log: what happened, searched and told over time, for operators. Page or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field, StringConstraints

from chatstream.domain.documents import DEAD_LETTERS, EVENTS, LOGS
from chatstream.domain.times import from_text, now_text, to_text
from chatstream.errors import ErrorCode, invalid
from chatstream.ports.accounts import ProfileReader
from chatstream.ports.log_reading import LogQuery, LogReader
from chatstream.ports.rooms import RoomReader
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.edge.times import moment, span
from web.log_views import BarsView, DocumentView, accounts_of, bars_view, document_view
from web.looks import Looks
from web.operators import operator_of
from web.ops_people import KnownPeople, NamedAccountView

PATH = "/ops/log"
Dataset = Literal["all", "events", "logs", "deadletters"]
Term = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]

DATASETS = {"events": EVENTS, "logs": LOGS, "deadletters": DEAD_LETTERS}
LATE = timedelta(seconds=30)
"""A document may come so much later than others of its time; a live tail looks so far back."""


class EntryFilters(Shape):
    """What to look for; all of it must be so. `from` <= time < `to`."""

    service: Term | None = Field(None, description="for example chat, front, kafka")
    level: Literal["debug", "info", "warning", "error", "critical"] | None = Field(
        None, description="of lines of logs: this one or worse"
    )
    action: Term | None = Field(None, description="for example messageStored")
    outcome: Literal["success", "failure", "unknown"] | None = None
    room_id: UUID | None = None
    user: str | None = Field(
        None, min_length=1, max_length=40, description="a userId or an account's id"
    )
    trace: str | None = Field(None, pattern=r"^[0-9a-f]{32}$", description="a trace's id")
    q: Annotated[
        str | None, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ] = Field(None, description="every word of it is in the line")
    since: str | None = Field(None, alias="from", description="RFC 3339 with a zone")
    until: str | None = Field(None, alias="to", description="RFC 3339 with a zone")


class LogFilters(EntryFilters):
    """The same of a kind of entry."""

    dataset: Dataset = Field("all", description="facts and refusals, lines of logs, dead letters")


class LogPageQuery(LogFilters):
    """A page of it; `newer` than a time: a live tail, with what may have come late."""

    newer: str | None = Field(None, description="RFC 3339 with a zone; not with `cursor`")
    cursor: str | None = Field(None, min_length=1, max_length=2000)
    limit: int = Field(50, ge=1, le=200)


class LogPageView(Shape):
    """A page, the newest first; `people` are those it names, as they are called now.

    `cursor` asks for the next page, null at the end; a live tail goes on `newer` than `asOf`.
    """

    documents: list[DocumentView]
    people: list[NamedAccountView]
    as_of: str
    cursor: str | None = None


@dataclass(frozen=True)
class LogPorts:
    """What the views of this module need; `page` answers browsers."""

    log: LogReader
    looks: Looks
    rooms: RoomReader
    profiles: ProfileReader
    page: Handler


class LogViews:
    """The handlers."""

    def __init__(self, ports: LogPorts) -> None:
        self._ports = ports
        self._people = KnownPeople(ports.rooms, ports.profiles)

    @operation(
        "Facts, refusals, lines of logs and dead letters, the newest first (operators)",
        query=LogPageQuery,
        answers={200: LogPageView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.USER_NOT_FOUND),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the list for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller = operator_of(request)
        asked = read_query(request, LogPageQuery)
        if asked.newer is not None and asked.cursor is not None:
            raise invalid("newer", "must not be given together with `cursor`")
        query = await query_of(asked, self._people, asked.dataset)
        goes_on = asked.cursor is not None or asked.newer is not None
        await self._ports.looks.told(caller, "log", filters_of(query), goes_on=goes_on)
        as_of = now_text()
        if asked.newer is not None:
            query = replace(query, since=_later(query.since, moment("newer", asked.newer) - LATE))
        found, cursor = await self._ports.log.find(query, asked.cursor, asked.limit)
        documents = [document_view(each) for each in found]
        people = await self._people.named(accounts_of(documents))
        page = LogPageView(documents=documents, people=people, as_of=as_of, cursor=cursor)
        return by_accept(answer(page))

    @operation(
        "How many there are over time (operators)",
        query=LogFilters,
        answers={200: BarsView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.USER_NOT_FOUND),
    )
    async def histogram(self, request: web.Request) -> web.Response:
        """Bars whose width follows from the range."""
        caller = operator_of(request)
        asked = read_query(request, LogFilters)
        query = await query_of(asked, self._people, asked.dataset)
        await self._ports.looks.told(caller, "log", filters_of(query), goes_on=True)
        return answer(bars_view(await self._ports.log.bars(query)))


async def query_of(asked: EntryFilters, people: KnownPeople, dataset: Dataset = "all") -> LogQuery:
    """The query of what was asked for; INVALID_INPUT naming a field, USER_NOT_FOUND."""
    since, until = span(asked.since, asked.until)
    terms = {
        "service.name": asked.service,
        "event.action": asked.action,
        "event.outcome": asked.outcome,
        "chatstream.room.id": None if asked.room_id is None else str(asked.room_id),
        "trace.id": asked.trace,
    }
    account = None if asked.user is None else await people.account_of(asked.user)
    return LogQuery(
        datasets=tuple(name for key, name in DATASETS.items() if dataset in ("all", key)),
        terms={name: value for name, value in terms.items() if value is not None},
        level=asked.level,
        account=account,
        text=asked.q,
        since=None if since is None else to_text(since),
        until=None if until is None else to_text(until),
    )


def _later(since: str | None, other: datetime) -> str:
    return to_text(other if since is None else max(from_text(since), other))


def filters_of(query: LogQuery) -> Mapping[str, str]:
    """What a look was for, without texts: of words that were searched for only that there were."""
    asked = {
        **query.terms,
        "dataset": ",".join(query.datasets),
        "level": query.level,
        "account": query.account,
        "q": None if query.text is None else "*",
        "from": query.since,
        "to": query.until,
    }
    return {name: value for name, value in asked.items() if value is not None}


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, LogViews.list),
    ("GET", PATH + "/histogram", LogViews.histogram),
)


def register(web_app: web.Application, ports: LogPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, LogViews(ports))
