"""The documents of the monitor's samples."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agents.lag_documents import LagSink, documents_of
from chatstream.errors import PoisonMessage, TransientFailure
from schemas import records
from schemas.contexts.lag import SAMPLE
from tests.fakes.producer import ProducerSpy
from tests.fakes.producing import event_of
from tests.fakes.search import FakeDocuments

AT = "2026-11-29T12:00:00.000Z"
EVENT_ID = "0193776b-8b4c-7c3e-8a11-2f1f3f3f3f3f"


def sample(*topics: records.TopicSampled, is_kept: bool = True, **more: Any) -> records.LagSampled:
    return records.LagSampled(
        event_id=EVENT_ID,
        at=AT,
        group="g",
        state=more.pop("state", "OK"),
        members=2,
        is_kept=is_kept,
        probe=more.pop("probe", 0.004),
        topics=topics,
    )


def topic(name: str, *behind: records.PartitionBehind) -> records.TopicSampled:
    return records.TopicSampled(name, (5, 5), (5, 9), (0, 1), behind)


BEHIND = records.PartitionBehind(1, "STALL", 4, 30.5, None, 2)


def test_the_group_has_a_document_and_each_topic_that_is_behind() -> None:
    found = documents_of(records.encode(sample(topic("t", BEHIND), topic("u"))))
    assert [each.index for each in found] == ["chatstream-lag-2026.11"] * 2
    assert [each.id for each in found] == [f"{EVENT_ID}:0", f"{EVENT_ID}:1"]
    group, of_topic = (each.body["chatstream"] for each in found)
    whole = {"group": "g", "state": "STALL", "records": 4, "lost": 2, "partitions": 1}
    whole |= {"seconds": 30.5}
    assert group == {"lag": {**whole, "of": "group", "members": 2, "probe": 0.004}}
    assert of_topic == {"topic": "t", "lag": {**whole, "of": "topic"}}


def test_a_group_that_keeps_up_has_one_document_of_noughts() -> None:
    (found,) = documents_of(records.encode(sample(topic("t"), probe=None)))
    assert found.body["chatstream"] == {
        "lag": {
            "group": "g",
            "of": "group",
            "state": "OK",
            "records": 0,
            "lost": 0,
            "partitions": 0,
            "seconds": 0.0,
            "catch_up": 0.0,
            "members": 2,
        }
    }


def test_a_sample_that_is_not_kept_has_none() -> None:
    assert documents_of(records.encode(sample(topic("t", BEHIND), is_kept=False))) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"{",
        records.encode(sample(topic("t", records.PartitionBehind(1, "WHO", 4)))),
    ],
)
def test_what_cannot_be_read_is_poison(value: bytes | None) -> None:
    with pytest.raises(PoisonMessage):
        documents_of(value)


async def test_a_store_that_is_away_delays_and_a_repeat_changes_nothing() -> None:
    app: Any = SimpleNamespace(producer=ProducerSpy())
    store = FakeDocuments(away=True)
    sink = LagSink(app, store)
    batch = [event_of(SAMPLE.event.name, sample(topic("t", BEHIND)), "g")]
    with pytest.raises(TransientFailure):
        await sink.process("elastic", batch)
    store.away = False
    await sink.process("elastic", batch)
    before = dict(store.kept)
    await sink.process("elastic", batch)
    assert store.kept == before
    assert len(before) == 2


async def test_what_the_store_refuses_is_poison_and_a_batch_of_nothing_writes_nothing() -> None:
    app: Any = SimpleNamespace(producer=ProducerSpy())
    store = FakeDocuments(refused={f"{EVENT_ID}:0"})
    sink = LagSink(app, store)
    with pytest.raises(PoisonMessage, match="bad"):
        await sink.process("elastic", [event_of(SAMPLE.event.name, sample(topic("t")), "g")])
    quiet = FakeDocuments()
    silent = event_of(SAMPLE.event.name, sample(topic("t"), is_kept=False), "g")
    await LagSink(app, quiet).process("elastic", [silent])
    assert quiet.writes == []
