"""Spans at the seams: none unless something exports, and then whole ones without any text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from chatstream.domain.tracing import is_sampled, parent_id, parse, trace_id
from infra import spans, tracing

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
PLANTED = "a text that somebody wrote"


class Exported:
    """The spans that left, once no more are made."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def by_name(self) -> dict[str, ReadableSpan]:
        spans.stop()
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def exported() -> Iterator[Exported]:
    found = Exported()
    spans.export(found.exporter, 1.0, "chat", "chat-1")
    yield found
    spans.stop()


def same(event: Any) -> Any:
    return event


def context(span: ReadableSpan) -> Any:
    found = span.get_span_context()
    assert found is not None
    return found


def test_a_trace_goes_from_a_front_through_the_agent_to_the_store(exported: Exported) -> None:
    with spans.receiving(GOOD, "SEND") as handed_on:
        assert tracing.traced() == (("traceparent", handed_on),)
    with spans.handling("chat.messages", [handed_on], same), spans.storing("chat-0"):
        pass
    found = exported.by_name()
    assert {f"{context(each).trace_id:032x}" for each in found.values()} == {parse(GOOD.encode())}
    send, agent, store = (found[name] for name in ("SEND", "chat.messages", "chat-0"))
    assert send.parent is not None
    assert f"{send.parent.span_id:016x}" == parent_id(GOOD.encode())
    assert agent.parent is not None
    assert agent.parent.span_id == context(send).span_id
    assert store.parent is not None
    assert store.parent.span_id == context(agent).span_id
    assert parent_id(handed_on) == f"{context(send).span_id:016x}"
    kinds = [SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.CLIENT]
    assert [each.kind for each in (send, agent, store)] == kinds
    assert send.resource.attributes["service.name"] == "chat"


def test_a_batch_links_the_trace_of_each_of_its_records(exported: Exported) -> None:
    with spans.receiving(None, "a") as one, spans.receiving(None, "b") as two:
        pass
    with spans.handling("chat.messages", [one, None, two, GOOD.encode()], same):
        pass
    batch = exported.by_name()["chat.messages"]
    linked = [f"{link.context.trace_id:032x}" for link in batch.links]
    assert linked == [trace_id(one), trace_id(two)]  # what is not exported elsewhere is not linked
    assert batch.attributes is not None
    assert batch.attributes["messaging.batch.message_count"] == 4
    assert f"{context(batch).trace_id:032x}" not in linked


@pytest.mark.parametrize("flags", ["00", "01", "ff"])
@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_the_flags_of_a_client_decide_nothing(flags: str, ratio: float) -> None:
    exporter = InMemorySpanExporter()
    spans.export(exporter, ratio, "front", "front-1")
    with spans.receiving(GOOD[:-2] + flags, "SEND") as handed_on:
        assert is_sampled(handed_on) is bool(ratio)
    spans.stop()
    assert len(exporter.get_finished_spans()) == ratio


def test_a_failure_leaves_its_kind_and_no_text(exported: Exported) -> None:
    with pytest.raises(ValueError), spans.receiving(GOOD, "SEND"):  # noqa: PT011 (ours, below)
        raise ValueError(PLANTED)
    span = exported.by_name()["SEND"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes == {"error.type": "ValueError"}
    assert PLANTED not in span.to_json()


def test_without_an_exporter_there_is_no_span_and_nothing_of_it_is_loaded() -> None:
    program = """
import sys
from infra import spans
spans.export_to("", 1.0, "chat", "chat-1")
with spans.receiving(None, "SEND") as known, spans.handling("a", [known], lambda each: each):
    with spans.storing("chat-0"):
        pass
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_a_collector_that_is_named_is_sent_to() -> None:
    spans.export_to("http://127.0.0.1:9/v1/traces", 0.0, "chat", "chat-1")
    with spans.receiving(GOOD, "SEND") as handed_on:
        assert parse(handed_on) == parse(GOOD.encode())
    spans.stop()
