"""How a tail knows that it has read everything, from what the broker says with each answer."""

from __future__ import annotations

import math
import time

import pytest
from aiokafka.errors import KafkaTimeoutError, NotLeaderForPartitionError

from chatstream.settings import KafkaSettings
from infra.kafka import tail as module
from infra.kafka.tail import Mark, TopicTail
from infra.pacing import Pace
from tests.samples import sample


def test_an_end_that_is_read_proves_the_time_before_its_answer_came() -> None:
    mark = Mark()
    mark.look(position=5, answer=1000, end=5, last=7.0)
    assert mark.passed == 7.0


def test_the_same_answer_proves_nothing_new() -> None:
    mark = Mark()
    mark.look(5, 1000, 5, 7.0)
    mark.look(5, 1000, 5, 8.0)
    assert mark.passed == 7.0


def test_an_end_that_is_not_read_yet_is_waited_for_though_it_moves_on() -> None:
    mark = Mark()
    mark.look(5, 1000, 9, 7.0)
    assert mark.passed == 0.0
    mark.look(8, 1001, 12, 8.0)
    assert mark.passed == 0.0
    mark.look(10, 1002, 14, 9.0)
    assert mark.passed == 7.0


def test_without_an_answer_nothing_is_proven() -> None:
    mark = Mark()
    mark.look(0, None, None, 7.0)
    assert mark.passed == 0.0


class Consumer:
    """A topic of one record a partition, none of them read."""

    def __init__(self, **_: object) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    def assign(self, _: object) -> None:
        pass

    def seek(self, *_: object) -> None:
        pass

    async def end_offsets(self, places: list[object]) -> dict[object, int]:
        return dict.fromkeys(places, 1)


async def test_a_topic_tells_how_far_behind_it_is_while_it_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PatientConsumer", Consumer)
    monkeypatch.setattr(module, "tune", lambda *_: None)
    tail = TopicTail(KafkaSettings(), "of a test", lambda *_: None, pace=Pace(0.0, 1))
    await tail.on_start()
    tail.ready.clear()
    assert sample("tail_lag_seconds", topic="of a test") == math.inf
    tail.ready.set()
    tail._proven = time.monotonic() - 5
    assert 5 <= sample("tail_lag_seconds", topic="of a test") < 60
    await tail.on_stop()
    assert sample("tail_lag_seconds", topic="of a test") == 0


async def test_a_tail_that_begins_while_a_partition_has_no_leader_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([KafkaTimeoutError(), NotLeaderForPartitionError(), None])

    class Leaderless(Consumer):
        async def end_offsets(self, places: list[object]) -> dict[object, int]:
            if error := next(answers):
                raise error
            return dict.fromkeys(places, 1)

    monkeypatch.setattr(module, "PatientConsumer", Leaderless)
    monkeypatch.setattr(module, "tune", lambda *_: None)
    tail = TopicTail(KafkaSettings(), "of a test", lambda *_: None, pace=Pace(0.0, 1))
    await tail.on_start()
    assert next(answers, "nothing more was asked") == "nothing more was asked"
    assert tail.ready.is_set()
    await tail.on_stop()
