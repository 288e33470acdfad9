"""Gauges that are read at the moment they are asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client import REGISTRY

from infra.metrics import ReadGauge


@dataclass(eq=False)
class Queue:
    """Holds so many records of a topic."""

    topic: str
    records: int


@pytest.fixture
def gauge(request: pytest.FixtureRequest) -> Iterator[ReadGauge[Queue]]:
    together = getattr(request, "param", float.__add__)
    made = ReadGauge[Queue](
        "chatstream_of_a_test",
        "records",
        ["topic"],
        lambda queue: [((queue.topic,), queue.records)],
        together=together,
    )
    yield made
    REGISTRY.unregister(made)


def value(topic: str) -> float | None:
    return REGISTRY.get_sample_value("chatstream_of_a_test", {"topic": topic})


def test_a_gauge_is_what_its_sources_are_when_it_is_read(gauge: ReadGauge[Queue]) -> None:
    one, two, other = Queue("a", 1), Queue("a", 2), Queue("b", 5)
    for each in (one, two, other):
        gauge.watch(each)
    assert (value("a"), value("b")) == (3, 5)
    one.records = 7
    assert value("a") == 9
    gauge.unwatch(two)
    assert value("a") == 7


@pytest.mark.parametrize("gauge", [max], indirect=True)
def test_of_equal_labels_the_largest_may_count(gauge: ReadGauge[Queue]) -> None:
    queues = [Queue("a", 1), Queue("a", 3), Queue("a", 2)]
    for each in queues:
        gauge.watch(each)
    assert value("a") == 3


def test_a_source_that_is_gone_is_told_of_no_longer(gauge: ReadGauge[Queue]) -> None:
    queue = Queue("a", 1)
    gauge.watch(queue)
    assert value("a") == 1
    del queue
    gc.collect()
    assert value("a") is None


def test_a_name_is_taken_once(gauge: ReadGauge[Queue]) -> None:
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        ReadGauge[Queue](gauge.name, "again", [], lambda _: [])
