"""/ops/dlq: dead letters, for operators: listed, shown, put back and given up. Page or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field, StringConstraints

from chatstream.domain.cursors import CursorShape, text, whole
from chatstream.domain.dead_letters import Place, place_of
from chatstream.domain.letter_states import KeptLetter, LetterState, LettersWanted, shown_state
from chatstream.domain.times import text_of
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.dead_letters import After, DeadLetters, WholeLetter
from chatstream.ports.rooms import RoomReader
from web.edge.bodies import Shape, answer, read_body, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.edge.times import span
from web.looks import Looks
from web.operators import operator_of
from web.shown_letters import decoded_letter
from web.shown_records import SPECS, Eyes, room_of, shown

PATH = "/ops/dlq"
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]
_CURSOR = CursorShape("dead letters", whole, text, whole, whole)
AWAITED = 8.0
"""Seconds for which an answer waits for what becomes of a replay."""


class LettersQuery(Shape):
    """Which dead letters; all of it must be so, and `from` <= time < `to`."""

    topic: Name | None = Field(None, description="the record's topic, or the dead-letter topic")
    reason: Literal["unreadable", "misplaced", "invalid", "sealed", "store"] | None = None
    state: Literal["waiting", "replayed", "dropped"] | None = None
    since: str | None = Field(None, alias="from", description="RFC 3339 with a zone")
    until: str | None = Field(None, alias="to", description="RFC 3339 with a zone")
    cursor: str | None = Field(None, min_length=1, max_length=2000)
    limit: int = Field(50, ge=1, le=100)


class LetterQuery(Shape):
    """How a letter is looked at."""

    wait: bool = Field(
        False, description="whether to wait for what becomes of a replay under way, some seconds"
    )


class ReplayBody(Shape):
    """`reader`: the agent for whom it is, where the letter does not say."""

    reader: Name | None = None


class DropBody(Shape):
    """Why nothing is to be done; kept with the event."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class KeptLetterView(Shape):
    """A dead letter; `again` is the one that its replay led to, `code` that of a refusal."""

    id: str
    at: str
    topic: str | None
    partition: int | None
    offset: int | None
    kind: str | None
    service: str | None
    reader: str | None
    trace_id: str | None
    replay_of: str | None
    bytes: int
    state: str
    outcome: str | None
    code: str | None
    again: str | None
    by: str | None
    dropped_because: str | None
    done_at: str | None


class LettersView(Shape):
    """A page, the newest first; `forgotten` older ones are not looked at."""

    letters: list[KeptLetterView]
    forgotten: int
    cursor: str | None = None


class WholeLetterView(Shape):
    """A letter with its record; texts only to members, `hidden` are the paths of what is not shown.

    `reason` may quote the record: it is null for who is not shown all of that.
    """

    letter: KeptLetterView
    reason: str | None
    value: Any
    hidden: list[str]


@dataclass(frozen=True)
class LetterPorts:
    """What the views of this module need; `page` answers browsers."""

    letters: DeadLetters
    looks: Looks
    rooms: RoomReader
    page: Handler


class LetterViews:
    """The handlers."""

    def __init__(self, ports: LetterPorts) -> None:
        self._ports = ports

    @operation(
        "Dead letters, the newest first (operators)",
        query=LettersQuery,
        answers={200: LettersView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.STORE_UNAVAILABLE),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the list for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller = operator_of(request)
        query = read_query(request, LettersQuery)
        wanted, after = _wanted(query), _after(query.cursor)
        filters = _filters(query)
        await self._ports.looks.told(caller, "dlq", filters, goes_on=query.cursor is not None)
        found = await self._ports.letters.page(wanted, after, query.limit)
        page = LettersView(
            letters=[_view(each) for each in found.letters],
            forgotten=found.forgotten,
            cursor=None if found.after is None else _cursor(found.after),
        )
        return by_accept(answer(page))

    @operation(
        "A dead letter with its record, decoded (operators)",
        query=LetterQuery,
        answers={200: WholeLetterView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.NOT_FOUND, ErrorCode.STORE_UNAVAILABLE),
    )
    async def one(self, request: web.Request) -> web.StreamResponse:
        """Texts only of the operator's own rooms; who waits on looks once."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller, letter_id = operator_of(request), request.match_info["letterId"]
        waits = read_query(request, LetterQuery).wait
        look = {"letter": _letter(letter_id)}
        await self._ports.looks.told(caller, "dlq", look, goes_on=waits)
        if waits:
            await self._ports.letters.outcome(letter_id, AWAITED)
        found = await self._ports.letters.one(letter_id)
        if found is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such dead letter")
        rooms = await self._ports.rooms.room_ids_of(caller.account_id)
        return by_accept(answer(_whole(found, Eyes(frozenset(rooms)))))

    @operation(
        "Put the record of a dead letter back (operators)",
        body=ReplayBody,
        answers={200: KeptLetterView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.NOT_FOUND, ErrorCode.STORE_UNAVAILABLE),
    )
    async def replay(self, request: web.Request) -> web.Response:
        """Answers with what became of it, or `unknown` after a while; repeats change nothing."""
        caller, letter_id = operator_of(request), request.match_info["letterId"]
        body = await read_body(request, ReplayBody)
        await self._ports.letters.replay(letter_id, caller.account_id, body.reader)
        return answer(_view(await self._ports.letters.outcome(letter_id, AWAITED)))

    @operation(
        "Give a dead letter up (operators)",
        body=DropBody,
        answers={200: KeptLetterView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.NOT_FOUND, ErrorCode.STORE_UNAVAILABLE),
    )
    async def drop(self, request: web.Request) -> web.Response:
        """It waits no more and is not put back; one that is done stays done."""
        caller, letter_id = operator_of(request), request.match_info["letterId"]
        body = await read_body(request, DropBody)
        return answer(
            _view(await self._ports.letters.drop(letter_id, caller.account_id, body.reason))
        )


def _wanted(query: LettersQuery) -> LettersWanted:
    since, until = span(query.since, query.until)
    return LettersWanted(
        topic=query.topic,
        kind=query.reason,
        state=None if query.state is None else LetterState(query.state),
        since=None if since is None else _milliseconds(since),
        until=None if until is None else _milliseconds(until),
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _after(cursor: str | None) -> After | None:
    if cursor is None:
        return None
    at, topic, partition, offset = _CURSOR.decode(cursor)
    return int(at), Place(str(topic), int(partition), int(offset))


def _cursor(after: After) -> str:
    at, place = after
    return _CURSOR.encode(at, place.topic, place.partition, place.offset)


def _filters(query: LettersQuery) -> Mapping[str, str]:
    asked = {
        "topic": query.topic if query.topic is None or query.topic in SPECS else "*",
        "reason": query.reason,
        "state": query.state,
        "from": query.since,
        "to": query.until,
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def _letter(letter_id: str) -> str:
    """What a look keeps of an id: what names no topic of ours may be anything a person typed."""
    place = place_of(letter_id)
    return str(place) if place is not None and place.topic in SPECS else "*"


def _view(kept: KeptLetter) -> KeptLetterView:
    letter, fate, source = kept.letter, kept.fate, kept.letter.source
    return KeptLetterView(
        id=letter.id,
        at=text_of(letter.at / 1000),
        topic=None if source is None else source.topic,
        partition=None if source is None else source.partition,
        offset=None if source is None or source.offset < 0 else source.offset,
        kind=letter.kind,
        service=letter.service,
        reader=letter.reader,
        trace_id=letter.trace_id,
        replay_of=letter.replay_of,
        bytes=letter.size,
        state=str(shown_state(kept)),
        outcome=None if fate.outcome is None else str(fate.outcome),
        code=fate.code,
        again=fate.again,
        by=fate.by,
        dropped_because=fate.reason,
        done_at=None if fate.at is None else text_of(fate.at / 1000),
    )


def _whole(found: WholeLetter, eyes: Eyes) -> WholeLetterView:
    each = decoded_letter(found)
    seen = shown(each, eyes)
    sees_all = room_of(each) in eyes.rooms or (seen.value is not None and not seen.hidden)
    return WholeLetterView(
        letter=_view(found.kept),
        reason=found.kept.letter.reason if sees_all else None,
        value=seen.value,
        hidden=seen.hidden,
    )


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, LetterViews.list),
    ("GET", PATH + "/{letterId}", LetterViews.one),
    ("POST", PATH + "/{letterId}/replay", LetterViews.replay),
    ("POST", PATH + "/{letterId}/drop", LetterViews.drop),
)


def register(web_app: web.Application, ports: LetterPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, LetterViews(ports))
