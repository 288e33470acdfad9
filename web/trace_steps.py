"""The way of what belongs to one trace, step by step in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chatstream.domain.documents import DEAD_LETTERS
from schemas.streams import Kind
from web.edge.bodies import Shape
from web.log_views import DocumentView, PlaceView, text
from web.record_views import RecordView
from web.shown_records import SPECS

_WAY = ("asked", "wished", "told")


class TraceStepView(Shape):
    """Something that happened at a time.

    `step`: asked (a front took it), wished (its wish came to Kafka), stored or refused, told (its
    outcome came to Kafka), ingested (it came into the log), event (another record), line (of a
    log), deadLettered. `text` is the action or the line, `record` what lies on Kafka of it.
    """

    at: str
    step: str
    service: str | None
    text: str | None
    record: PlaceView | None
    document: str | None


class TraceRecordView(RecordView):
    """A record of the trace, with its topic."""

    topic: str


def steps_of(
    documents: Sequence[DocumentView], records: Sequence[TraceRecordView]
) -> list[TraceStepView]:
    """All steps, the earliest first; of one that document and record tell of, the document's."""
    known = [step for each in documents for step in _of_document(each)]
    told = {(step.step, step.at) for step in known}
    more = [step for step in map(_of_record, records) if (step.step, step.at) not in told]
    return sorted([*known, *more], key=lambda step: (step.at, _ORDER.index(step.step)))


def earliest(documents: Iterable[DocumentView]) -> str | None:
    """The first time that the documents tell of."""
    return min((step.at for each in documents for step in _of_document(each)), default=None)


def _of_document(each: DocumentView) -> Iterator[TraceStepView]:
    if each.dead_letter is not None and each.index.startswith(DEAD_LETTERS):
        yield _step(each, each.at, "deadLettered", each.code)
        return
    if each.record is None:
        yield _step(each, each.at, "line", each.message)
        return
    for name in _WAY:
        if moment := text(each.document, f"chatstream.way.{name}"):
            yield _step(each, moment, name, each.action)
    step = "refused" if each.outcome == "failure" else "stored"
    yield _step(each, each.at, step, each.code or each.action)
    if ingested := text(each.document, "event.ingested"):
        yield _step(each, ingested, "ingested", each.action)


def _step(each: DocumentView, at: str, step: str, told: str | None) -> TraceStepView:
    return TraceStepView(
        at=at, step=step, service=each.service, text=told, record=each.record, document=each.id
    )


_BY_KIND = {Kind.REQUEST: "wished", Kind.RESPONSE: "told", Kind.EVENT: "event"}


def _of_record(each: TraceRecordView) -> TraceStepView:
    return TraceStepView(
        at=each.at,
        step=_BY_KIND.get(SPECS[each.topic].kind, "deadLettered"),
        service=None,
        text=each.record_type,
        record=PlaceView(topic=each.topic, partition=each.partition, offset=each.offset),
        document=None,
    )


_ORDER = (
    "asked",
    "wished",
    "stored",
    "refused",
    "told",
    "event",
    "line",
    "ingested",
    "deadLettered",
)
