"""A followed topic: what is applied, what is passed over, and who is told of it."""

from __future__ import annotations

import asyncio
import logging
import math

import pytest

from chatstream.errors import invalid
from chatstream.settings import KafkaSettings
from schemas import records
from schemas.contexts.stats import WATCHED
from tables.followed.fold import Followed, Follower
from tests.samples import Since

TOPIC = WATCHED.event


def watched(word: str) -> bytes:
    return records.encode(records.WordWatched(request_id="r", word=word, at="t"))


class State:
    """The words that were applied; `bad` and `odd` say nothing usable."""

    def __init__(self) -> None:
        self.applied: list[tuple[int, str]] = []
        self.followed = Followed(TOPIC, self._apply)

    def _apply(self, partition: int, record: records.WordWatched) -> None:
        if record.word == "bad":
            raise invalid("word", "must be a word")
        if record.word == "odd":
            raise ValueError("no time")
        self.applied.append((partition, record.word))


@pytest.mark.parametrize("value", [b"{", b"", watched("bad"), watched("odd")])
def test_a_record_that_cannot_be_used_gets_one_line_and_the_next_one_counts(
    value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    state, moved = State(), Since()
    with caplog.at_level(logging.ERROR):
        state.followed.on_record(3, b"watched", value)
    (line,) = caplog.messages
    assert moved("followed_records_unreadable_total", topic=TOPIC.name) == 1
    assert f"{TOPIC.name}-3" in line
    assert not state.followed.changed.is_set()
    for word in ("b", "a", "b"):
        state.followed.on_record(3, b"watched", watched(word))
    assert state.applied == [(3, "b"), (3, "a"), (3, "b")]
    assert state.followed.changed.is_set()


async def test_all_who_wait_are_told_when_what_they_wait_for_was_applied() -> None:
    state = State()

    async def applied(count: int) -> int:
        await state.followed.until(lambda: len(state.applied) >= count)
        return len(state.applied)

    tasks = [asyncio.create_task(applied(count)) for count in (1, 2, 1, 2)]
    for count, word in enumerate("ab", start=1):
        await asyncio.sleep(0)
        assert not any(task.done() for task in tasks[count - 1 :: 2])
        state.followed.on_record(0, b"watched", watched(word))
        assert await asyncio.gather(*tasks[count - 1 :: 2]) == [count, count]
    assert await applied(2) == 2, "what holds already is not waited for"


async def test_a_workers_tail_reads_the_topic_from_where_it_is_followed() -> None:
    settings = KafkaSettings(partitions=2)
    for since in (math.inf, 660.0, 0.0):
        followed = Followed(TOPIC, lambda _, __: None, since)
        tail = Follower(settings, followed, 0.5)
        assert tail._handlers == {TOPIC.name: followed.on_record}
        assert tail._since == {TOPIC.name: since}
        assert {place.topic for place in tail._partitions} == {TOPIC.name}
        assert (tail._pace.interval, tail._pace.busy_from) == (0.5, 1)
