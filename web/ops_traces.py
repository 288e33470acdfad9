"""GET /ops/log/traces/{traceId}: all that belongs to one trace, with its times, for operators."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from chatstream.domain.times import from_text
from chatstream.domain.tracing import TRACEPARENT
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import ProfileReader
from chatstream.ports.log_reading import LogReader
from chatstream.ports.rooms import RoomReader
from chatstream.ports.topics import RecordsWanted, TopicReader
from schemas.catalogue import STREAMS
from schemas.streams import Kind
from web.edge.bodies import Shape, answer
from web.edge.openapi import Route, mount, operation
from web.log_views import DocumentView, accounts_of, document_view
from web.looks import Looks
from web.operators import operator_of
from web.ops_people import KnownPeople, NamedAccountView
from web.record_views import view
from web.shown_records import Decoded, Eyes, accounts_in, decoded, handles_in
from web.trace_steps import TraceRecordView, TraceStepView, earliest, steps_of

PATH = "/ops/log/traces/{traceId}"
BEFORE = timedelta(seconds=2)
"""Clocks of processes differ: records are looked for from so long before the first time."""
MOST_RECORDS = 20
"""Of one partition of one topic."""
MOST_PLACES = 12
_TRACE = re.compile(r"[0-9a-f]{32}")


class TraceView(Shape):
    """A trace: its steps in time, its documents, and its records as far as Kafka holds them."""

    trace_id: str
    steps: list[TraceStepView]
    documents: list[DocumentView]
    records: list[TraceRecordView]
    people: list[NamedAccountView]


@dataclass(frozen=True)
class TracePorts:
    """What the view of this module needs."""

    log: LogReader
    topics: TopicReader
    looks: Looks
    rooms: RoomReader
    profiles: ProfileReader


class TraceViews:
    """The handler."""

    def __init__(self, ports: TracePorts) -> None:
        self._ports = ports
        self._people = KnownPeople(ports.rooms, ports.profiles)

    @operation(
        "All that belongs to one trace (operators)",
        answers={200: TraceView},
        errors=(ErrorCode.ACCESS_DENIED, ErrorCode.NOT_FOUND),
    )
    async def one(self, request: web.Request) -> web.Response:
        """Documents and records with their times; empty where nothing is known of it."""
        caller = operator_of(request)
        trace_id = request.match_info["traceId"]
        if not _TRACE.fullmatch(trace_id):
            raise UserError(ErrorCode.NOT_FOUND, "no trace has such an id")
        await self._ports.looks.told(caller, "trace", {"trace.id": trace_id})
        documents = [document_view(each) for each in await self._ports.log.of_trace(trace_id)]
        found = await self._records(trace_id, documents)
        values = [each for _, each in found]
        rooms = await self._ports.rooms.room_ids_of(caller.account_id)
        eyes = Eyes(frozenset(rooms), await self._people.known(handles_in(values)))
        records = [
            TraceRecordView(**dict(view(topic, each, eyes)), topic=topic) for topic, each in found
        ]
        accounts = {*accounts_of(documents), *accounts_in(values)}
        return answer(
            TraceView(
                trace_id=trace_id,
                steps=steps_of(documents, records),
                documents=documents,
                records=records,
                people=await self._people.named(accounts),
            )
        )

    async def _records(
        self, trace_id: str, documents: Sequence[DocumentView]
    ) -> list[tuple[str, Decoded]]:
        """The trace's records, with their topics: of the streams that its documents tell of."""
        since = earliest(documents)
        if since is None:
            return []
        at = int((from_text(since) - BEFORE).timestamp() * 1000)
        asked = [
            RecordsWanted(
                topic=topic,
                partitions=(partition,),
                limit=MOST_RECORDS,
                is_forward=True,
                at=at,
                header=(TRACEPARENT, trace_id.encode()),
            )
            for topic, partition in places_of(documents)
        ]
        pages = await asyncio.gather(*map(self._ports.topics.read, asked))
        return [
            (wanted.topic, decoded(wanted.topic, record))
            for wanted, page in zip(asked, pages, strict=True)
            for record in page.records
        ]


def places_of(documents: Iterable[DocumentView]) -> list[tuple[str, int]]:
    """Where records of the trace may lie: every topic of a document's stream, in its partition.

    Topics of a stream have one key, and so one partition for what belongs together.
    """
    told = {(each.record.topic, each.record.partition) for each in documents if each.record}
    found = {
        (topic.name, partition)
        for name, partition in told
        for stream in STREAMS
        if any(topic.name == name for topic in stream.topics.values())
        for kind, topic in stream.topics.items()
        if kind is not Kind.DLQ or topic.name == name
    }
    return sorted(found)[:MOST_PLACES]


ROUTES: tuple[Route, ...] = (("GET", PATH, TraceViews.one),)


def register(web_app: web.Application, ports: TracePorts) -> None:
    """Add the route."""
    mount(web_app, ROUTES, TraceViews(ports))
