"""The trace that this code runs in: a context variable, which requests, frames and records set.

It holds the 55 bytes of the trace context (`chatstream.domain.tracing`). Log lines read it
(`current_trace`), and whoever produces a record hands it on (`traced`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextvars import Context, ContextVar
from typing import Generic, TypeVar

from chatstream.domain import tracing

Trace = TypeVar("Trace", bytes, None, bytes | None)

_NOTHING: Mapping[str, str] = {}
_current: ContextVar[bytes | None] = ContextVar("traceparent", default=None)


def begin() -> bytes:
    """A trace context that nobody has had before."""
    trace, parent = random.getrandbits(128) or 1, random.getrandbits(64) or 1
    return tracing.compose(trace, parent, sampled=False)


def continued(value: str | bytes | None) -> bytes:
    """The trace that a client's header names, else a new one; its flags are not believed."""
    if value is None:
        return begin()
    known = tracing.traceparent(value.encode() if isinstance(value, str) else value)
    return begin() if known is None else tracing.with_flag(known, sampled=False)


def current() -> bytes | None:
    """The trace context of what runs; None outside of any."""
    return _current.get()


def current_trace() -> Mapping[str, str]:
    """What a log line says of the trace it belongs to: `trace.id`, `span.id`; empty outside."""
    known = _current.get()
    if known is None:
        return _NOTHING
    return {"trace.id": tracing.trace_id(known), "span.id": tracing.parent_id(known)}


def traced() -> tuple[tracing.HeaderPair, ...]:
    """The headers of a record that this trace leads to; none outside of any."""
    known = _current.get()
    return () if known is None else ((tracing.TRACEPARENT, known),)


def outside() -> Context:
    """The context for work that outlives the request which began it: it is in no trace."""
    return Context()


def begun() -> tuple[tracing.HeaderPair, ...]:
    """The headers of a record with which a trace begins."""
    return ((tracing.TRACEPARENT, begin()),)


class within(Generic[Trace]):  # noqa: N801 (used as a function; a generator takes twice as long)
    """Run the block in this trace, which it gives; None: in none."""

    __slots__ = ("_known", "_token")

    def __init__(self, known: Trace) -> None:
        self._known: Trace = known

    def __enter__(self) -> Trace:
        self._token = _current.set(self._known)
        return self._known

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
