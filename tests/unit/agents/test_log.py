"""The log service's sink: what it keeps, what it sends again, what it dead-letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from agents.log import LogSink
from agents.log_documents import Documents
from chatstream.domain.documents import EVENTS, MESSAGES
from chatstream.errors import TransientFailure
from schemas import records
from schemas.contexts.messages import MESSAGE
from schemas.streams import TopicSpec
from tests.fakes.producer import ProducerSpy
from tests.fakes.search import FakeDocuments
from tests.samples import sample

AT = "2026-11-21T12:00:00.000Z"
ROOM = "11111111-1111-4111-8111-111111111111"


class Spaces:
    """A Tokenizer by spaces."""

    def count(self, text: str) -> Mapping[str, int]:
        return Counter(text.split())


class Rig:
    def __init__(self) -> None:
        self.producer = ProducerSpy()
        self.store = FakeDocuments()
        app: Any = SimpleNamespace(producer=self.producer)
        self.sink = LogSink(app, self.store, Documents(Spaces()))

    async def process(self, batch: list[Any]) -> None:
        await self.sink.process(self.sink.lane_of("any", 0), batch)

    def kept(self, dataset: str) -> set[str]:
        return {identity for index, identity in self.store.kept if index == f"{dataset}-2026.11"}


@pytest.fixture
def rig() -> Rig:
    return Rig()


def event(topic: TopicSpec, value: bytes, offset: int = 0) -> Any:
    message = SimpleNamespace(
        topic=topic.name,
        partition=3,
        offset=offset,
        key=ROOM.encode(),
        value=value,
        timestamp=1_795_262_400.0,
        headers=[],
    )
    return SimpleNamespace(message=message, value=value, key=message.key)


def stored(number: int, at: str = AT) -> records.MessageStored:
    return records.MessageStored(
        fact_no=number,
        room_id=ROOM,
        seq=number,
        rev=number,
        message_id=f"00000000-0000-4000-8000-{number:012d}",
        account_id="a",
        user_id="ara",
        user_name="아라",
        message=f"비밀 {number}",
        created_at=at,
        access_version=1,
        room_kind="group",
    )


def said(number: int, at: str = AT) -> Any:
    return event(MESSAGE.response, records.encode(stored(number, at)), number)


REVISED = {
    "fact_no": 5,
    "request_id": "q",
    "room_id": ROOM,
    "seq": 1,
    "rev": 5,
    "message_id": "m",
    "account_id": "a",
    "user_id": "ara",
    "user_name": "아라",
    "former": "비밀 1",
    "created_at": AT,
    "access_version": 1,
    "room_kind": "group",
    "last_seq": 1,
}
EDITED = records.MessageEdited(**REVISED, message="비밀 아님", edited_at=AT)  # type: ignore[arg-type]
DELETED = records.MessageDeleted(**REVISED, deleted_at=AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "text"), [([EDITED], "비밀 아님"), ([DELETED], None), ([EDITED, DELETED], None)]
)
@pytest.mark.parametrize("late", [False, True])
async def test_the_search_keeps_what_the_latest_fact_says_in_any_order(
    rig: Rig, facts: list[Any], text: str | None, *, late: bool
) -> None:
    """An older fact that comes again, or late, never brings a text back."""
    numbered = [
        msgspec.structs.replace(fact, fact_no=5 + n, rev=5 + n) for n, fact in enumerate(facts)
    ]
    changes = [event(MESSAGE.response, records.encode(fact)) for fact in numbered]
    await rig.process([*changes[::-1], said(1)] if late else [said(1), *changes, said(1)])
    body = rig.store.kept[f"{MESSAGES}-2026.11", f"{ROOM}:1"].body
    assert body.get("message") == text
    place: Any = body["chatstream"]
    words = place["message"].get("words", [])
    assert words == ([] if text is None else text.split())
    if text is None:
        assert not any(secret in str(body) for secret in ("비밀", "아라", "ara"))


async def test_a_message_is_kept_for_the_search_under_its_room_and_seq(rig: Rig) -> None:
    await rig.process([said(1), said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:1", f"{ROOM}:2"}


async def test_a_record_that_comes_again_changes_nothing(rig: Rig) -> None:
    await rig.process([said(1), said(2)])
    before = dict(rig.store.kept)
    await rig.process([said(2), said(1), said(2)])
    assert rig.store.kept == before


async def test_only_what_the_store_did_not_take_is_sent_again(rig: Rig) -> None:
    batch = [said(1), said(2), said(3)]
    rig.store.busy = {f"{ROOM}:2"}
    with pytest.raises(TransientFailure, match="1 documents wait: busy"):
        await rig.process(batch)
    await rig.process(batch)
    assert rig.store.writes[1] == [f"{ROOM}:2"]
    assert len(rig.kept(MESSAGES)) == 3


async def test_another_batch_does_not_inherit_what_waited(rig: Rig) -> None:
    rig.store.busy = {f"{ROOM}:1"}
    with pytest.raises(TransientFailure):
        await rig.process([said(1)])
    await rig.process([said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}


async def test_a_store_that_is_away_loses_nothing(rig: Rig) -> None:
    batch = [said(1), said(2)]
    rig.store.away = True
    for _ in range(3):
        with pytest.raises(TransientFailure, match="away"):
            await rig.process(batch)
    rig.store.away = False
    await rig.process(batch)
    assert len(rig.kept(MESSAGES)) == len(rig.kept(EVENTS)) == 2


async def test_a_record_that_cannot_be_read_is_dead_lettered_and_the_rest_is_kept(
    rig: Rig,
) -> None:
    broken = event(MESSAGE.response, b"{nonsense", 7)
    await rig.process([said(1), broken, said(2)])
    assert len(rig.kept(MESSAGES)) == 2
    ((topic, key, value, partition),) = rig.producer.sent
    (headers,) = rig.producer.headers
    assert (topic, key, value, partition) == (
        MESSAGE.dlq.name,
        ROOM.encode(),
        b"{nonsense",
        3,
    )
    assert dict(headers)["offset"] == b"7"
    assert dict(headers)["reason"]


async def test_a_fact_without_a_good_time_is_dead_lettered(rig: Rig) -> None:
    await rig.process([said(1, at="yesterday"), said(2)])
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}
    assert [sent[2] for sent in rig.producer.sent] == [records.encode(stored(1, "yesterday"))]


def dead_letters(reason: str) -> float:
    """How many of the messages' topic are counted."""
    return sample("dead_letters_total", topic=MESSAGE.response.name, reason=reason)


async def test_a_document_the_store_refuses_is_dead_lettered_once(rig: Rig) -> None:
    rig.store.refused = {f"{ROOM}:1", f"{MESSAGE.response.name}:3:1"}
    before = dead_letters("store")
    await rig.process([said(1), said(2)])
    assert dead_letters("store") == before + 1
    assert rig.kept(MESSAGES) == {f"{ROOM}:2"}
    assert [headers[0] for headers in rig.producer.headers] == [("reason", b"bad")]


async def test_a_dead_letter_that_kafka_did_not_take_is_sent_again(rig: Rig) -> None:
    batch = [event(MESSAGE.response, b"{nonsense"), said(1)]
    before = dead_letters("unreadable")
    rig.producer.away = TimeoutError()
    with pytest.raises(TransientFailure):
        await rig.process(batch)
    assert dead_letters("unreadable") == before
    rig.producer.away = None
    await rig.process(batch)
    assert dead_letters("unreadable") == before + 1
    assert len(rig.producer.sent) == 1
    assert len(rig.store.writes) == 1
