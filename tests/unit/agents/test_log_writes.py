"""The log's writes that are under way together: nothing lost, nothing twice, in whatever order."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.log import LogSink
from agents.log_documents import Documents
from chatstream.domain.documents import EVENTS, MESSAGES, Document
from chatstream.domain.tracing import TRACEPARENT
from chatstream.errors import TransientFailure
from chatstream.ports.search import Written
from infra import tracing
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.fakes.producer import ProducerSpy
from tests.fakes.search import FakeDocuments
from tests.unit.agents.test_log import EDITED, ROOM, Spaces, event, said

PART = 4
BATCH = 25


@dataclass
class Uneven(FakeDocuments):
    """Takes a different time over each write; raises for the writes whose number is in `broken`.

    `under_way` and `most`: how many writes have begun and not ended, now and ever.
    """

    chance: random.Random = field(default_factory=lambda: random.Random(1))
    broken: set[int] = field(default_factory=set)
    under_way: int = 0
    most: int = 0

    async def write(self, documents: Sequence[Document]) -> Written:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(self.chance.randrange(9)):
                await asyncio.sleep(0)
            if len(self.writes) in self.broken:
                self.writes.append([])
                raise TransientFailure("broken")
            return await super().write(documents)
        finally:
            self.under_way -= 1


class Rig:
    def __init__(self, store: Uneven, at_once: int, part: int = PART) -> None:
        self.store = store
        self.producer = ProducerSpy()
        app: Any = SimpleNamespace(producer=self.producer)
        self.sink = LogSink(app, store, Documents(Spaces()), at_once=at_once, part=part)

    async def process(self, batch: list[Any]) -> int:
        """As the loop does: again until it is done; how often it was to be tried again."""
        tries = 0
        while True:
            try:
                await self.sink.process("elastic", batch)
            except TransientFailure:
                assert self.store.under_way == 0, "a write of the last try is still under way"
                tries += 1
            else:
                return tries

    def kept(self, dataset: str) -> set[str]:
        return {identity for index, identity in self.store.kept if index.startswith(dataset)}

    def dead(self) -> Counter[int]:
        """The offsets of the records that became dead letters."""
        return Counter(int(dict(headers)["offset"]) for headers in self.producer.headers)


def message(number: int) -> str:
    return f"{ROOM}:{number}"


def fact(number: int) -> str:
    return f"{MESSAGE.response.name}:3:{number}"


NUMBERS = st.sets(st.integers(1, BATCH), max_size=6)


@given(
    at_once=st.integers(1, 3),
    seed=st.integers(0, 10**6),
    busy=NUMBERS,
    refused=NUMBERS,
    unreadable=NUMBERS,
    broken=st.sets(st.integers(0, 8), max_size=3),
)
def test_all_is_kept_once_or_a_dead_letter_once_whatever_happens_to_the_writes(
    at_once: int,
    seed: int,
    busy: set[int],
    refused: set[int],
    unreadable: set[int],
    broken: set[int],
) -> None:
    store = Uneven(chance=random.Random(seed), broken=broken)
    store.busy = {message(number) for number in busy}
    store.refused = {fact(number) for number in refused}
    rig = Rig(store, at_once)
    batch = [
        event(MESSAGE.response, b"{", number) if number in unreadable else said(number)
        for number in range(1, BATCH + 1)
    ]

    asyncio.run(rig.process(batch))

    read = set(range(1, BATCH + 1)) - unreadable
    assert rig.kept(MESSAGES) == {message(number) for number in read}
    assert rig.kept(EVENTS) == {fact(number) for number in read - refused}
    assert rig.dead() == Counter(unreadable | (refused & read))
    assert store.most <= at_once
    again = Counter(identity for write in store.writes for identity in write)
    delayed = {identity for identity, times in again.items() if times > 1}
    assert delayed <= {message(number) for number in busy}


@given(seed=st.integers(0, 10**6), order=st.permutations(range(12)))
def test_the_last_of_a_messages_changes_stays_in_whatever_order_the_writes_end(
    seed: int, order: list[int]
) -> None:
    edits = [
        msgspec.structs.replace(EDITED, fact_no=5 + number, rev=5 + number, message=f"{number}")
        for number in order
    ]
    batch = [event(MESSAGE.response, records.encode(edit), edit.fact_no) for edit in edits]
    rig = Rig(Uneven(chance=random.Random(seed)), at_once=3, part=1)

    asyncio.run(rig.process(batch))

    (body,) = [each.body for each in rig.store.kept.values() if each.version is not None]
    assert body["message"] == "11"
    assert len(rig.kept(EVENTS)) == 12


async def test_two_writes_are_under_way_at_once_and_no_more() -> None:
    rig = Rig(Uneven(), at_once=2)
    assert await rig.process([said(number) for number in range(1, 101)]) == 0
    assert (rig.store.most, len(rig.store.writes)) == (2, 25)
    assert len(rig.kept(MESSAGES)) == len(rig.kept(EVENTS)) == 100


async def test_after_a_delay_no_write_begins_and_the_repeat_sends_what_waits_first() -> None:
    rig = Rig(Uneven(), at_once=1)
    batch = [said(number) for number in range(1, 13)]
    rig.store.busy = {message(1), message(4)}
    with pytest.raises(TransientFailure, match="2 documents wait: busy"):
        await rig.sink.process("elastic", batch)
    assert len(rig.store.writes) == 1
    await rig.sink.process("elastic", batch)
    assert rig.store.writes[1] == [message(1), message(4)]
    assert len(rig.kept(MESSAGES)) == len(rig.kept(EVENTS)) == 12


async def test_the_line_of_a_record_that_is_not_kept_is_in_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: dict[str, bytes | None] = {}

    def look(record: logging.LogRecord) -> bool:
        seen[record.getMessage()] = tracing.current()
        return True

    batch, traces = [said(number) for number in (1, 2, 3)], [tracing.begin(), tracing.begin()]
    for each, known in zip(batch, traces, strict=False):
        each.message.headers = [(TRACEPARENT, known)]
    rig = Rig(Uneven(), at_once=2)
    rig.store.refused = {fact(1), fact(2), fact(3)}
    caplog.handler.addFilter(look)
    try:
        await rig.process(batch)
    finally:
        caplog.handler.removeFilter(look)

    lines = [f"not kept: {MESSAGE.response.name}-3@{number}" for number in (1, 2, 3)]
    assert seen == dict(zip(lines, [*traces, None], strict=True))
