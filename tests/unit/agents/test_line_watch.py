"""Whether lines come at all can be told from the newest one, which is never long ago."""

from __future__ import annotations

import logging
import time

import pytest
from prometheus_client import REGISTRY

from agents.line_watch import LineAges, LineBeat
from chatstream.domain.documents import Document
from chatstream.domain.log_lines.datasets import APP, KAFKA

LONG_AGO = "2026-01-02T03:04:05.678Z"
LONGER_AGO = "2026-01-02T03:04:04.000Z"


def line(at: str, dataset: str) -> Document:
    return Document(
        "chatstream-logs-2026.01.02", "1", {"@timestamp": at, "event": {"dataset": dataset}}
    )


def newest(dataset: str) -> float:
    found = REGISTRY.get_sample_value(
        "chatstream_log_newest_line_timestamp_seconds", {"dataset": dataset}
    )
    assert found is not None
    return found


def test_the_newest_line_of_each_dataset_is_told_whatever_comes_after_it() -> None:
    ages = LineAges()
    ages.kept([line(LONG_AGO, KAFKA)])
    ages.kept([line(LONGER_AGO, KAFKA)])
    assert newest(KAFKA) == pytest.approx(1767323045.678)


def test_before_any_line_came_it_is_the_start_of_the_worker() -> None:
    before = time.time()
    ages = LineAges()
    assert before <= newest(APP) <= time.time()
    started = newest(APP)
    ages.kept([line(LONG_AGO, APP)])
    assert newest(APP) == started


def test_a_clock_that_is_ahead_hides_nothing() -> None:
    LineAges().kept([line("2099-01-01T00:00:00.000Z", APP)])
    assert newest(APP) <= time.time()


async def test_a_worker_says_a_line_whatever_the_log_level(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    caplog.handler.setLevel(logging.NOTSET)
    await LineBeat(0).check()
    assert caplog.messages == ["lines of logs are carried"]
