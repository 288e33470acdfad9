"""What the broker deleted before it was read: counted, and as far as it is facts, read again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agents.loop.recall import LOST, Recall, RecalledEvent, tell
from chatstream.domain.offsets import Hole

HOLE = Hole("kakao.chat.chatMessage.RESPONSE", 2, 10, 14, is_first=True)


class Line:
    """A fact line of `head` facts; one of them was forgotten."""

    def __init__(self, head: int, forgotten: int = 0) -> None:
        self.numbers = [n for n in range(1, head + 1) if n != forgotten]
        self.length = head
        self.opened = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        self.opened += 1
        yield self

    async def head(self, topic: str, partition: int) -> int:
        assert (topic, partition) == (HOLE.topic, HOLE.partition)
        return self.length

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        return [(n, str(n).encode()) for n in self.numbers if after < n <= upto]


async def recalled(recall: Recall) -> list[RecalledEvent]:
    return [event async for events in recall.events(HOLE, 7) for event in events]


async def test_every_fact_of_the_line_comes_again_in_order_at_its_place() -> None:
    line = Line(1203, forgotten=700)
    events = await recalled(Recall(line.open))
    assert [int(event.value or b"") for event in events] == line.numbers
    message = events[0].message
    assert (message.topic, message.partition, message.generation_id) == (
        HOLE.topic,
        HOLE.partition,
        7,
    )
    assert line.opened == 1


async def test_what_the_reader_surely_has_is_left_out() -> None:
    async def known(topic: str, partition: int) -> int:
        return 998

    events = await recalled(Recall(Line(1000).open, known))
    assert [int(event.value or b"") for event in events] == [999, 1000]


async def test_an_empty_line_recalls_nothing() -> None:
    assert await recalled(Recall(Line(0).open)) == []


def test_what_is_lost_is_counted_by_topic() -> None:
    before = LOST.labels(HOLE.topic)._value.get()
    tell(HOLE, recalled=False)
    assert LOST.labels(HOLE.topic)._value.get() - before == 4
