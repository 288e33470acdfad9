"""Spans at the seams, by the OpenTelemetry API: what a front receives, a batch, the use of a store.

Nothing is measured and nothing of OpenTelemetry is loaded until `export` is called, which a process
does when its settings name a collector. Spans hold ids, names of agents and databases, and kinds of
errors: never a text, and never what a foreign exception says of itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from chatstream.domain import tracing
from infra.tracing import continued, within

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from infra.exporting import Spans

_Record = TypeVar("_Record")
_exporting: Spans | None = None


def export(exporter: SpanExporter, ratio: float, service: str, worker: str) -> Spans:
    """Make spans from now on, of this share of the traces that begin here, for the exporter."""
    from infra.exporting import Spans  # noqa: PLC0415 (loads the SDK, which few processes need)

    global _exporting  # noqa: PLW0603 (one a process, as OpenTelemetry has it)
    _exporting = Spans(exporter, ratio, service, worker)
    return _exporting


def export_to(endpoint: str, ratio: float, service: str, worker: str) -> None:
    """As `export`, by OTLP over HTTP to this address; empty: nothing is made."""
    if endpoint:
        from infra.exporting import otlp  # noqa: PLC0415 (as above)

        export(otlp(endpoint), ratio, service, worker)


def stop() -> None:
    """Send what waits, and make no more spans; harmless when none are made."""
    global _exporting
    exporting, _exporting = _exporting, None
    if exporting is not None:
        exporting.stop()


def receiving(value: str | None, name: str) -> AbstractContextManager[bytes]:
    """Runs in the trace that a client's header names, or a new one, which it gives.

    Its flags are not believed: whether the trace is exported is decided here.
    """
    if _exporting is None:
        return within(continued(value))
    return _received(_exporting, continued(value), name)


@contextmanager
def _received(exporting: Spans, known: bytes, name: str) -> Iterator[bytes]:
    sampled = random.random() < exporting.ratio  # noqa: S311 (no secret)
    with (
        exporting.of_one(tracing.with_flag(known, sampled=sampled), name, "server") as own,
        within(own),
    ):
        yield own


def handling(
    agent: str, batch: Sequence[_Record], trace_of: Callable[[_Record], bytes | None]
) -> AbstractContextManager[Any]:
    """The span of a batch; each record's trace is linked, that of one alone goes on."""
    if _exporting is None:
        return nullcontext()
    traces = [trace_of(each) for each in batch]
    if len(traces) == 1 and traces[0] is not None:
        return _exporting.of_one(traces[0], agent, "consumer")
    return _exporting.of_many(traces, agent)


def storing(database: str) -> AbstractContextManager[Any]:
    """The span of a connection of a database in use: a statement or a transaction."""
    return nullcontext() if _exporting is None else _exporting.inner(database, "client")
