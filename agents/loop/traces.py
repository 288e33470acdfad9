"""The trace of a record: what it was caused by, and what the records that it leads to carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from faust.types import EventT

from chatstream.domain.tracing import (
    ASKED,
    TRACEPARENT,
    WISHED,
    HeaderPair,
    header,
    traceparent,
    wished,
    wished_of,
)
from infra.spans import handling
from infra.tracing import begin, within


def trace_of(event: EventT) -> bytes | None:
    """The trace context in a record's headers; None when it has none, or a malformed one."""
    return traceparent(header(event.message.headers, TRACEPARENT))


def cause_of(event: EventT) -> tuple[HeaderPair, ...]:
    """The headers of a record that this one alone led to; none when it names no trace."""
    known = trace_of(event)
    return () if known is None else ((TRACEPARENT, known),)


def answer_headers(event: EventT) -> tuple[HeaderPair, ...]:
    """The headers of what answers a wish: its trace, and when it was asked and its record taken.

    A wish without a trace begins one here; what it does not say, or says badly, is left out.
    """
    asked = header(event.message.headers, ASKED)
    times = {
        ASKED: None if wished(asked) is None else asked,
        WISHED: wished_of(event.message.timestamp),
    }
    known = [(name, value) for name, value in times.items() if value is not None]
    return ((TRACEPARENT, trace_of(event) or begin()), *known)


@contextmanager
def handling_of(agent: str, batch: Sequence[EventT]) -> Iterator[None]:
    """Runs in the trace of a record that stands alone, a batch of several in none; with its span.

    `agent` names the span.
    """
    alone = trace_of(batch[0]) if len(batch) == 1 else None
    with within(alone), handling(agent, batch, trace_of):
        yield
