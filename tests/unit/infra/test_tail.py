"""How a tail knows that it has read everything, from what the broker says with each answer."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError, NotLeaderForPartitionError

from chatstream.settings import KafkaSettings
from infra.kafka import tail as module
from infra.kafka.tail import Following, Handler, Mark, Tail
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


def test_a_look_is_wanted_for_a_new_answer_and_until_its_end_is_read() -> None:
    mark = Mark()
    assert not mark.asks(None)
    assert mark.asks(1000)
    mark.look(5, 1000, 9, 7.0)
    assert mark.asks(1000)
    mark.look(9, 1000, 9, 8.0)
    assert not mark.asks(1000)
    assert mark.asks(1001)


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

    def seek(self, _place: object, _offset: object) -> None:
        pass

    async def end_offsets(self, places: list[object]) -> dict[object, int]:
        return dict.fromkeys(places, 1)


async def test_a_topic_tells_how_far_behind_it_is_while_it_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PatientConsumer", Consumer)
    monkeypatch.setattr(module, "tune", lambda *_, **__: SimpleNamespace())
    tail = Following(KafkaSettings(), {"of a test": lambda *_: None}, pace=Pace(0.0, 1))
    await tail.on_start()
    tail.ready.clear()
    assert sample("tail_lag_seconds", topic="of a test") == math.inf
    tail.ready.set()
    tail._proven["of a test"] = time.monotonic() - 5
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
    monkeypatch.setattr(module, "tune", lambda *_, **__: SimpleNamespace())
    tail = Following(KafkaSettings(), {"of a test": lambda *_: None}, pace=Pace(0.0, 1))
    await tail.on_start()
    assert next(answers, "nothing more was asked") == "nothing more was asked"
    assert tail.ready.is_set()
    await tail.on_stop()


async def test_a_look_asks_nothing_until_an_answer_came_and_goes_on_until_its_end_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[TopicPartition] = []

    class Told(Consumer):
        answer, place = 1000, 1

        def last_poll_timestamp(self, _place: TopicPartition) -> int:
            return self.answer

        def highwater(self, _place: TopicPartition) -> int:
            return 2

        async def position(self, place: TopicPartition) -> int:
            asked.append(place)
            return self.place

    paced = SimpleNamespace()
    monkeypatch.setattr(module, "PatientConsumer", Told)
    monkeypatch.setattr(module, "tune", lambda *_, **__: paced)
    tail = Following(KafkaSettings(partitions=1), {"t": lambda *_: None}, pace=Pace(0.0, 1))
    await tail.on_start()
    began, last = len(asked), time.monotonic() + 1  # of later than the start, which proves as well
    await tail.look(last)
    await tail.look(last)
    assert len(asked) == began + 2
    assert tail._proven["t"] < last
    Told.place = 2
    await tail.look(last)
    assert tail._proven["t"] == last
    await tail.look(last + 1)
    assert len(asked) == began + 3
    Told.answer = 2000
    paced.answered()
    await tail.look(last + 1)
    assert tail._proven["t"] == last + 1
    await tail.on_stop()


def shares(tail: Tail) -> list[list[str]]:
    """The topics of each connection."""
    return [list(each._handlers) for each in tail._tails]


def test_what_comes_often_is_alone_and_what_comes_seldom_shares_a_connection() -> None:
    topics = dict.fromkeys(["a", "often", "b", "late", "later"], lambda *_: None)
    settings = KafkaSettings()
    tail = Tail(settings, topics, background=["late", "later"], alone=["often", "later"])
    assert shares(tail) == [["often"], ["a", "b"], ["late", "later"]]
    assert [each._pace.busy_from for each in tail._tails] == [4, 4, 1]
    assert shares(Tail(settings, {"a": lambda *_: None}, alone=["a"])) == [["a"]]


async def test_topics_that_share_a_connection_begin_and_are_told_each_on_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[TopicPartition, int] = {}
    sought: dict[TopicPartition, int] = {}

    class Old(Consumer):
        async def offsets_for_times(self, places: dict[TopicPartition, int]) -> dict[Any, Any]:
            asked.update(places)
            return {place: SimpleNamespace(offset=0) for place in places}

        def seek(self, _place: Any, _offset: Any) -> None:
            sought[_place] = _offset

    monkeypatch.setattr(module, "PatientConsumer", Old)
    monkeypatch.setattr(module, "tune", lambda *_, **__: SimpleNamespace())
    told: list[tuple[str, int, bytes]] = []

    def handler(name: str) -> Handler:
        return lambda partition, _key, value: told.append((name, partition, value))

    settings = KafkaSettings(partitions=1)
    old, new = TopicPartition("old", 0), TopicPartition("new", 0)
    tail = Following(
        settings,
        {each.topic: handler(each.topic) for each in (old, new)},
        since={"old": math.inf},
        pace=Pace(0.0, 1),
    )
    await tail.on_start()
    assert (asked, sought) == ({old: 0}, {old: 0, new: 1})
    assert not tail.ready.is_set()
    tail._feed(new, [SimpleNamespace(key=None, value=b"2", offset=1)])
    assert not tail.ready.is_set()
    tail._feed(old, [SimpleNamespace(key=None, value=b"1", offset=0)])
    assert tail.ready.is_set()
    assert told == [("new", 0, b"2"), ("old", 0, b"1")]
    tail._proven["old"] -= 5
    lags = tail.lags()
    assert lags["old"] - lags["new"] == pytest.approx(5)
    assert tail.lag_seconds() == pytest.approx(lags["old"], abs=1)
    await tail.on_stop()
