"""/ops/topics: the topics and their records, for operators. Page or JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from chatstream.domain.cursors import CursorShape, whole
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import text_of
from chatstream.errors import ErrorCode, UserError, invalid
from chatstream.ports.accounts import ProfileReader
from chatstream.ports.rooms import RoomReader
from chatstream.ports.topics import PartitionSpan, RecordsFound, RecordsWanted, TopicReader
from schemas.catalogue import CONTEXTS, TOPICS
from schemas.streams import TopicSpec
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import by_accept, wants_page
from web.edge.openapi import Route, mount, operation
from web.edge.times import moment
from web.looks import Looks
from web.operators import operator_of
from web.ops_people import KnownPeople, NamedAccountView
from web.record_views import RecordView, view
from web.shown_records import SPECS, Eyes, accounts_in, decoded, handles_in, is_id

PATH = "/ops/topics"
_CONTEXT_OF = {
    topic.name: context.name
    for context in reversed(CONTEXTS)
    for each in context.streams
    for topic in each.topics.values()
}


class SpanView(Shape):
    """A partition: the first offset that is held, and the one that the next record gets."""

    partition: int
    begin: int
    end: int


class TopicView(Shape):
    """A topic; `records` are held now, `retention` is in seconds (null: without end)."""

    topic: str
    context: str
    kind: str
    key: str
    types: list[str]
    retention: int | None
    records: int
    partitions: list[SpanView]


class TopicsView(Shape):
    """Every topic of the catalogue."""

    topics: list[TopicView]


class RecordsQuery(Shape):
    """Which records: the newest, or from an `offset` or a time on; `key` keeps those that have it.

    The partition of a key is Kafka's murmur2 of it, unless one is named.
    """

    partition: int | None = Field(None, ge=0, le=10_000)
    offset: int | None = Field(None, ge=0, le=2**63 - 1, description="needs `partition`")
    key: str | None = Field(None, min_length=1, max_length=200)
    at: str | None = Field(None, min_length=1, max_length=40, description="RFC 3339 with a zone")
    cursor: str | None = Field(None, min_length=1, max_length=2000)
    limit: int = Field(20, ge=1, le=100)


class RecordsView(Shape):
    """A page of records; `scanned` were looked at, `people` are those they name, as they are now.

    `cursor` asks for the next page; null when there is nothing more to look at.
    """

    topic: str
    records: list[RecordView]
    people: list[NamedAccountView]
    scanned: int
    partitions: list[SpanView]
    cursor: str | None = None


@dataclass(frozen=True)
class TopicPorts:
    """What the views of this module need; `page` answers browsers."""

    topics: TopicReader
    looks: Looks
    rooms: RoomReader
    profiles: ProfileReader
    page: Handler
    partitions: int


class TopicViews:
    """The handlers."""

    def __init__(self, ports: TopicPorts) -> None:
        self._ports = ports
        self._people = KnownPeople(ports.rooms, ports.profiles)

    @operation(
        "Topics and how far they reach (operators)",
        answers={200: TopicsView},
        errors=(ErrorCode.ACCESS_DENIED,),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the list for programs."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        await self._ports.looks.told(operator_of(request), "topics", {})
        spans = await self._ports.topics.spans([topic.name for topic in TOPICS])
        found = [_topic(topic, spans[topic.name]) for topic in TOPICS]
        return by_accept(answer(TopicsView(topics=found)))

    @operation(
        "Records of a topic, decoded (operators)",
        query=RecordsQuery,
        answers={200: RecordsView},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.ACCESS_DENIED),
    )
    async def records(self, request: web.Request) -> web.StreamResponse:
        """The newest first; with `offset` or `at` from there on. Texts only of one's own rooms."""
        if wants_page(request):
            return by_accept(await self._ports.page(request))
        caller = operator_of(request)
        topic = request.match_info["topic"]
        if topic not in SPECS:
            raise UserError(ErrorCode.NOT_FOUND, "the catalogue has no such topic")
        query = read_query(request, RecordsQuery)
        shape = self._cursors(topic, query)
        wanted = self._wanted(topic, query, shape)
        goes_on = query.cursor is not None
        await self._ports.looks.told(caller, "topics", _filters(query, wanted), goes_on=goes_on)
        found = await self._ports.topics.read(wanted)
        return by_accept(answer(await self._view(caller.account_id, topic, found, shape)))

    def _cursors(self, topic: str, query: RecordsQuery) -> CursorShape:
        parts = (topic, query.partition, query.offset, query.key, query.at)
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
        return CursorShape(f"records {digest}", *[whole] * len(self._partitions(query)))

    def _partitions(self, query: RecordsQuery) -> tuple[int, ...]:
        count = self._ports.partitions
        if query.partition is not None:
            if query.partition >= count:
                raise invalid("partition", "must be at most {most}", most=count - 1)
            return (query.partition,)
        if query.offset is not None:
            raise invalid("partition", "is required")
        if query.key is not None:
            return (partition_of(query.key, count),)
        return tuple(range(count))

    def _wanted(self, topic: str, query: RecordsQuery, shape: CursorShape) -> RecordsWanted:
        partitions = self._partitions(query)
        bounds: dict[int, int] = {}
        if query.cursor is not None:
            key = shape.decode(query.cursor)
            bounds = {number: int(at) for number, at in zip(partitions, key, strict=True)}
        elif query.offset is not None:
            bounds = {partitions[0]: query.offset}
        at = None if query.at is None else moment("at", query.at)
        return RecordsWanted(
            topic=topic,
            partitions=partitions,
            limit=query.limit,
            is_forward=query.offset is not None or at is not None,
            bounds=bounds,
            at=None if at is None else int(at.timestamp() * 1000),
            key=None if query.key is None else query.key.encode(),
        )

    async def _view(
        self, account_id: str, topic: str, found: RecordsFound, shape: CursorShape
    ) -> RecordsView:
        values = [decoded(topic, record) for record in found.records]
        rooms = await self._ports.rooms.room_ids_of(account_id)
        handles = await self._people.known(handles_in(values))
        eyes = Eyes(frozenset(rooms), handles)
        return RecordsView(
            topic=topic,
            records=[view(topic, each, eyes) for each in values],
            people=await self._people.named(accounts_in(values)),
            scanned=found.scanned,
            partitions=[_span(each) for each in found.spans],
            cursor=None if found.bounds is None else shape.encode(*found.bounds.values()),
        )


def _filters(query: RecordsQuery, wanted: RecordsWanted) -> Mapping[str, str]:
    """What was asked for, without texts: a key that is no id may be one."""
    asked: dict[str, Any] = {
        "topic": wanted.topic,
        "partition": query.partition,
        "offset": query.offset,
        "key": None if query.key is None else (query.key if is_id(query.key) else "*"),
        "at": None if wanted.at is None else text_of(wanted.at / 1000),
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def _topic(topic: TopicSpec, spans: Sequence[PartitionSpan]) -> TopicView:
    return TopicView(
        topic=topic.name,
        context=_CONTEXT_OF[topic.name],
        kind=str(topic.kind),
        key=str(topic.key),
        types=[kind.__name__ for kind in topic.records],
        retention=topic.retention,
        records=sum(span.end - span.begin for span in spans),
        partitions=[_span(each) for each in spans],
    )


def _span(span: PartitionSpan) -> SpanView:
    return SpanView(partition=span.partition, begin=span.begin, end=span.end)


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, TopicViews.list),
    ("GET", PATH + "/{topic}", TopicViews.records),
)


def register(web_app: web.Application, ports: TopicPorts) -> None:
    """Add the routes."""
    mount(web_app, ROUTES, TopicViews(ports))
