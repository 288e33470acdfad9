"""One trace from a SEND or a call through wish and fact to what follows it, on real Kafka."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text
from chatstream.domain.tracing import parse, trace_id, wished
from infra import tracing
from infra.elastic.client import connect
from infra.embedded.stack import Stack
from schemas import records
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE
from tests.client.api import User, open_room, sign_up
from tests.client.stomp import Socket
from tests.client.waiting import eventually
from tests.servers import elastic_of

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Read:
    """A record: its body, its headers and its time on Kafka in milliseconds."""

    body: Any
    headers: Mapping[str, bytes]
    timestamp: int

    @property
    def trace(self) -> str | None:
        return parse(self.headers.get("traceparent"))


async def first(stack: Stack, topic: str, room_id: str, fits: Callable[[Any], bool]) -> Read:
    """The first record about the room whose body fits; it may still be to come."""
    place = TopicPartition(topic, partition_of(room_id, 8))
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, group_id=None)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        async with asyncio.timeout(60):
            async for record in consumer:
                if record.key != room_id.encode():
                    continue  # others send what nobody can read, too
                body = json.loads(record.value)
                if fits(body):
                    return Read(body, dict(record.headers), record.timestamp)
    finally:
        await consumer.stop()
    raise AssertionError("the topic ended")


@pytest.fixture
async def members(base_url: str) -> AsyncIterator[tuple[User, User, str]]:
    """Two users and a room of both."""
    users = await sign_up(base_url), await sign_up(base_url)
    yield *users, await open_room(*users)
    for user in users:
        await user.close()


async def test_a_send_is_found_by_its_trace_on_every_topic(
    stack: Stack, members: tuple[User, User, str]
) -> None:
    owner, _, room_id = members
    socket, message_id = Socket(owner), str(uuid4())
    await socket.connect()
    known, before = tracing.begin(), time.time() * 1000
    await socket.ask(
        "SEND",
        {"destination": f"/pub/chat/room/{room_id}", "traceparent": known.decode()},
        json.dumps({"messageId": message_id, "message": "안녕"}),
    )
    asked, told = [
        await first(stack, topic, room_id, lambda body: body.get("messageId") == message_id)
        for topic in (MESSAGE.request.name, MESSAGE.response.name)
    ]
    assert (asked.trace, told.trace) == (trace_id(known), trace_id(known))
    assert wished(told.headers["wished"]) == asked.timestamp
    assert told.headers["asked"] == asked.headers["asked"]
    assert before - 1 <= asked.timestamp <= told.timestamp
    await socket.close()


async def test_the_event_of_a_send_is_found_by_its_trace_with_its_times_in_order(
    stack: Stack, members: tuple[User, User, str]
) -> None:
    owner, _, room_id = members
    socket, message_id, known = Socket(owner), str(uuid4()), tracing.begin()
    await socket.connect()
    before = time.time() * 1000
    await socket.ask(
        "SEND",
        {"destination": f"/pub/chat/room/{room_id}", "traceparent": known.decode()},
        json.dumps({"messageId": message_id, "message": "안녕"}),
    )
    await socket.close()

    async def found() -> list[Any]:
        query = {"term": {"trace.id": trace_id(known)}}
        answer = await elastic.search(index="chatstream-events-*", query=query)
        return [hit["_source"] for hit in answer["hits"]["hits"]]

    async with connect(elastic_of(stack)) as elastic:
        (event,) = await eventually(found)
    own = event["chatstream"]
    assert own["message"]["id"] == message_id
    assert (own["room"]["id"], own["topic"]) == (room_id, MESSAGE.response.name)
    way = [
        milliseconds(at)
        for at in (
            own["way"]["asked"],
            own["way"]["wished"],
            event["@timestamp"],
            own["way"]["told"],
            event["event"]["ingested"],
        )
    ]
    assert [before - 1, *way] == sorted([before - 1, *way])
    assert event["event"]["duration"] == (way[3] - way[0]) * 1_000_000


def milliseconds(at: str) -> int:
    return round(from_text(at).timestamp() * 1000)


async def test_what_follows_an_edit_is_in_the_trace_that_the_answer_told(
    stack: Stack, members: tuple[User, User, str]
) -> None:
    owner, guest, room_id = members
    said = (await owner.call("POST", f"/chat/{room_id}", {"message": "at sevn"}))["messageId"]
    await guest.call("PUT", f"/chat/{room_id}/notice", {"messageId": said})
    known = tracing.begin()
    await owner.call(
        "PATCH",
        f"/chat/{room_id}/messages/{said}",
        {"message": "at seven"},
        headers={"traceparent": known.decode()},
    )

    for topic, kind in (
        (MESSAGE.response.name, records.MessageEdited),
        (MESSAGE.event.name, records.MessageChanged),
        (NOTICE.request.name, records.FollowMessage),
        (NOTICE.response.name, records.NoticeEdited),
    ):
        found = await first(stack, topic, room_id, partial(is_kind, kind))
        assert found.trace == trace_id(known), topic


def is_kind(kind: type[records.Record], body: Any) -> bool:
    return bool(body["type"] == kind.__struct_config__.tag)
