"""OpenTelemetry's SDK: what spans are made of, and how they leave the process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from chatstream.domain import tracing

_KINDS = {"server": SpanKind.SERVER, "consumer": SpanKind.CONSUMER, "client": SpanKind.CLIENT}


def otlp(endpoint: str) -> SpanExporter:
    """An exporter to a collector; what it cannot take in time is dropped, never waited for."""
    return OTLPSpanExporter(endpoint=endpoint)


def context_of(known: bytes) -> SpanContext:
    """The trace context as OpenTelemetry has it."""
    return SpanContext(
        trace_id=int(tracing.trace_id(known), 16),
        span_id=int(tracing.parent_id(known), 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if tracing.is_sampled(known) else 0),
    )


def bytes_of(context: SpanContext) -> bytes:
    """The trace context of a span, as it is handed on."""
    return tracing.compose(context.trace_id, context.span_id, sampled=context.trace_flags.sampled)


class Spans:
    """Makes spans for an exporter; `ratio` is the share of traces that are exported."""

    def __init__(self, exporter: SpanExporter, ratio: float, service: str, worker: str) -> None:
        self.ratio = ratio
        resource = Resource.create({"service.name": service, "service.instance.id": worker})
        sampler = ParentBased(TraceIdRatioBased(ratio))
        self._provider = TracerProvider(resource=resource, sampler=sampler)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("chatstream")

    def stop(self) -> None:
        """Send what waits."""
        self._provider.shutdown()

    @contextmanager
    def of_one(self, known: bytes, name: str, kind: str) -> Iterator[bytes]:
        """A span that goes on with the trace; gives the context to hand on."""
        parent = set_span_in_context(NonRecordingSpan(context_of(known)), Context())
        with self._span(name, kind, parent) as span:
            yield bytes_of(span.get_span_context())

    @contextmanager
    def of_many(self, traces: Sequence[bytes | None], name: str) -> Iterator[None]:
        """A span of its own trace with a link to each sampled one."""
        links = [
            Link(context_of(known))
            for known in traces
            if known is not None and tracing.is_sampled(known)
        ]
        with self._span(name, "consumer", Context(), links) as span:
            span.set_attribute("messaging.batch.message_count", len(traces))
            yield

    @contextmanager
    def inner(self, name: str, kind: str) -> Iterator[None]:
        """A span within the one that runs."""
        with self._span(name, kind, None):
            yield

    @contextmanager
    def _span(
        self, name: str, kind: str, parent: Context | None, links: Sequence[Link] = ()
    ) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name,
            context=parent,
            kind=_KINDS[kind],
            links=links,
            record_exception=False,  # its text may quote what people wrote
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__qualname__)
                raise
