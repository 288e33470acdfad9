"""A LogReader over documents in memory."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatstream.domain.cursors import CursorShape, text
from chatstream.domain.log_ranges import step_of
from chatstream.domain.times import from_text
from chatstream.ports.log_reading import Bar, Bars, LogDocument, LogQuery
from tests.fakes.search import FakeDocuments

LEVELS = ("debug", "info", "warning", "error", "critical")
FOR_TRACES = ("chatstream-events", "chatstream-logs", "chatstream-deadletters")


class FakeLog:
    """An in-memory chatstream.ports.log_reading.LogReader; it finds whole words."""

    def __init__(self, documents: FakeDocuments) -> None:
        self._documents = documents

    async def find(
        self, query: LogQuery, after: str | None, limit: int
    ) -> tuple[Sequence[LogDocument], str | None]:
        shape = _cursors(query)
        found = sorted(self._found(query), key=_order, reverse=True)
        if after is not None:
            place = tuple(shape.decode(after))
            found = [each for each in found if _order(each) < place]
        cursor = shape.encode(*_order(found[limit - 1])) if len(found) > limit else None
        return found[:limit], cursor

    async def bars(self, query: LogQuery) -> Bars:
        found = self._found(query)
        times = [_seconds(str(each.source["@timestamp"])) for each in found]
        since = min(times, default=0) if query.since is None else _seconds(query.since)
        until = max(times, default=0) + 1 if query.until is None else _seconds(query.until)
        step = step_of(max(until, since + 1) - since)
        counts = Counter(at - at % step for at in times)
        faults = Counter(
            at - at % step for at, each in zip(times, found, strict=True) if _is_fault(each)
        )
        return Bars(
            since=since,
            until=max(until, since + 1),
            step=step,
            bars=[Bar(at, counts[at], faults[at]) for at in sorted(counts)],
            total=len(found),
            services=_names(found, "service.name"),
            actions=_names(found, "event.action"),
        )

    async def of_trace(self, trace_id: str) -> Sequence[LogDocument]:
        found = self._found(LogQuery(datasets=FOR_TRACES, terms={"trace.id": trace_id}))
        return sorted(found, key=_order)

    async def run(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        prefix = index.rstrip("*")
        count = sum(1 for name, _ in self._documents.kept if name.startswith(prefix))
        return {"hits": {"total": {"value": count, "relation": "eq"}}}

    def _found(self, query: LogQuery) -> list[LogDocument]:
        return [
            LogDocument(index, identity, document.body)
            for (index, identity), document in self._documents.kept.items()
            if index.startswith(tuple(f"{name}-" for name in query.datasets))
            and _matches(document.body, query)
        ]


def _matches(body: Mapping[str, Any], query: LogQuery) -> bool:
    at = str(body["@timestamp"])
    level = _part(body, "log.level")
    said = [set(_words(str(_part(body, name) or ""))) for name in ("message", "error.message")]
    accounts = (_part(body, "user.id"), _part(body, "user.target.id"))
    return (
        all(_part(body, name) == value for name, value in query.terms.items())
        and (query.level is None or level in LEVELS[LEVELS.index(query.level) :])
        and (query.account is None or query.account in accounts)
        and (query.text is None or any(set(_words(query.text)) <= words for words in said))
        and (query.since is None or at >= query.since)
        and (query.until is None or at < query.until)
    )


def _words(said: str) -> Iterator[str]:
    return (word.lower() for word in re.findall(r"\w+", said))


def _is_fault(each: LogDocument) -> bool:
    return (
        _part(each.source, "log.level") in LEVELS[3:]
        or _part(each.source, "event.outcome") == "failure"
    )


def _order(each: LogDocument) -> tuple[str, str, str]:
    return str(each.source["@timestamp"]), str(_part(each.source, "event.id") or ""), each.index


def _names(found: Sequence[LogDocument], path: str) -> Sequence[str]:
    return sorted({str(name) for each in found if (name := _part(each.source, path))})


def _part(body: Any, path: str) -> Any:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _cursors(query: LogQuery) -> CursorShape:
    asked = repr((query.datasets, sorted(query.terms.items()), query.level, query.text))
    return CursorShape(f"log {hashlib.sha256(asked.encode()).hexdigest()[:16]}", text, text, text)


def _seconds(at: str) -> int:
    return int(from_text(at).timestamp())
