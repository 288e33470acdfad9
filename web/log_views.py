"""What the log keeps, in the public interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chatstream.domain.times import text_of
from chatstream.ports.log_reading import Bars, LogDocument
from web.edge.bodies import Shape


class PlaceView(Shape):
    """Where a record is on Kafka; the offset is null where a fact was written before it had one."""

    topic: str
    partition: int
    offset: int | None


class DocumentView(Shape):
    """A document: what lists need of it, and the whole of it as it is kept.

    `record` is the record it tells of, `deadLetter` the id of its dead letter.
    """

    id: str
    index: str
    at: str
    service: str | None
    level: str | None
    action: str | None
    outcome: str | None
    code: str | None
    message: str | None
    account_id: str | None
    target_id: str | None
    room_id: str | None
    trace_id: str | None
    record: PlaceView | None
    dead_letter: str | None
    document: dict[str, Any]


class BarView(Shape):
    """Documents from `t` on; `faults` of them tell of one: an error, a refusal, a dead letter."""

    t: str
    count: int
    faults: int


class BarsView(Shape):
    """Documents over time: bars of `step` seconds; those without any are left out.

    `services` and `actions` are the most frequent ones among them.
    """

    since: str
    until: str
    step: int
    bars: list[BarView]
    total: int
    services: list[str]
    actions: list[str]


def document_view(each: LogDocument) -> DocumentView:
    """A document as operators see it."""
    source = each.source
    return DocumentView(
        id=each.id,
        index=each.index,
        at=str(part(source, "@timestamp") or ""),
        service=text(source, "service.name"),
        level=text(source, "log.level"),
        action=text(source, "event.action"),
        outcome=text(source, "event.outcome"),
        code=text(source, "error.code") or text(source, "error.type"),
        message=text(source, "message"),
        account_id=text(source, "user.id"),
        target_id=text(source, "user.target.id"),
        room_id=text(source, "chatstream.room.id"),
        trace_id=text(source, "trace.id"),
        record=place_of(source),
        dead_letter=text(source, "chatstream.dead_letter.id"),
        document=dict(source),
    )


def place_of(source: Mapping[str, Any]) -> PlaceView | None:
    """The record that a document tells of."""
    topic, partition = text(source, "chatstream.topic"), part(source, "chatstream.partition")
    if topic is None or not isinstance(partition, int):
        return None
    offset = part(source, "chatstream.offset")
    return PlaceView(
        topic=topic, partition=partition, offset=offset if isinstance(offset, int) else None
    )


def accounts_of(documents: Iterable[DocumentView]) -> Sequence[str]:
    """The accounts that documents name."""
    pairs = ((each.account_id, each.target_id) for each in documents)
    return sorted({account for pair in pairs for account in pair if account is not None})


def bars_view(bars: Bars) -> BarsView:
    """A histogram."""
    return BarsView(
        since=text_of(bars.since),
        until=text_of(bars.until),
        step=bars.step,
        bars=[BarView(t=text_of(bar.at), count=bar.count, faults=bar.faults) for bar in bars.bars],
        total=bars.total,
        services=list(bars.services),
        actions=list(bars.actions),
    )


def part(source: Mapping[str, Any], path: str) -> Any:
    """What is at a dotted path, also where a writer has spelt it, or a part of it, with its dots.

    The formatters of log lines write `"log.level"` as one name; None where there is nothing.
    """
    if path in source:
        return source[path]
    names = path.split(".")
    for cut in range(len(names) - 1, 0, -1):
        inner = source.get(".".join(names[:cut]))
        if isinstance(inner, Mapping):
            return part(inner, ".".join(names[cut:]))
    return None


def text(source: Mapping[str, Any], path: str) -> str | None:
    """The text at a path; the first of several."""
    found = part(source, path)
    if isinstance(found, list):
        found = found[0] if found else None
    return found if isinstance(found, str) else None
