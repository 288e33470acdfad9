"""The agent of log lines: each kept once, what cannot be kept a dead letter, an outage waits."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from agents.app_log import LogLineSink
from agents.line_watch import AGE
from chatstream.errors import TransientFailure
from schemas.contexts.log import APP
from tests.fakes.producer import ProducerSpy
from tests.fakes.search import FakeDocuments


class Rig:
    def __init__(self) -> None:
        self.producer = ProducerSpy()
        self.store = FakeDocuments()
        app: Any = SimpleNamespace(producer=self.producer)
        self.sink = LogLineSink(app, self.store)

    async def process(self, batch: list[Any]) -> None:
        await self.sink.process(self.sink.lane_of("any", 0), batch)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def event(value: bytes, offset: int = 0) -> Any:
    message = SimpleNamespace(
        topic=APP.event.name,
        partition=3,
        offset=offset,
        key=b"k",
        value=value,
        headers=(),
        timestamp=None,
    )
    return SimpleNamespace(message=message, value=value, key=message.key)


def line(number: int) -> Any:
    value = {
        "@timestamp": "2026-11-28T23:59:59.999Z",
        "message": f"줄 {number}",
        "event": {"id": str(number), "dataset": "chatstream.app"},
    }
    return event(orjson.dumps(value), number)


async def test_a_line_that_comes_again_is_kept_once(rig: Rig) -> None:
    await rig.process([line(1), line(2), line(1)])
    await rig.process([line(2)])
    assert set(rig.store.kept) == {("chatstream-logs-2026.11.28", "1")} | {
        ("chatstream-logs-2026.11.28", "2")
    }


async def test_bytes_that_are_no_text_are_kept_as_far_as_they_are(rig: Rig) -> None:
    value = line(1).value.replace("줄".encode(), b"\xff\xfe")
    await rig.process([event(value)])
    (body,) = rig.store.kept.values()
    assert "�� 1" in str(body)


async def test_what_is_no_line_is_a_dead_letter_and_said_once_for_the_batch(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [event(value, 7) for value in (b"{", b"[]", b"{}", b"")]
    with caplog.at_level(logging.WARNING):
        await rig.process([line(1), *broken, line(2)])
    assert len(rig.store.kept) == 2
    assert [(topic, value) for topic, _, value, _ in rig.producer.sent] == [
        (APP.dlq.name, value) for value in (b"{", b"[]", b"{}", b"")
    ]
    assert [record.getMessage() for record in caplog.records] == [
        "4 lines not kept, the first is kakao.log.app.EVENT-3@7"
    ]


async def test_an_outage_waits_and_only_what_waits_is_sent_again(rig: Rig) -> None:
    batch = [line(1), line(2)]
    rig.store.busy = {"2"}
    with pytest.raises(TransientFailure, match="1 lines wait: busy"):
        await rig.process(batch)
    rig.store.busy = set()
    await rig.process(batch)
    assert len(rig.store.kept) == 2


async def test_the_age_of_a_line_is_told_when_it_is_in_the_index(rig: Rig) -> None:
    def told() -> float:
        return sum(
            sample.value
            for metric in AGE.collect()
            for sample in metric.samples
            if sample.name.endswith("_count")
        )

    before = told()
    await rig.process([line(1), line(2)])
    assert told() == before + 2
