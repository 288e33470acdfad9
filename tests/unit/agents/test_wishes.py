"""Wishes that cannot be carried out: the partition of the key, and the answer of a rejection."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.wishes import check_partition, reject_wish
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from infra.kafka.producer import Outgoing
from schemas import records, topics
from tests.fakes.producer import ProducerSpy

PARTITIONS = 8
REQUEST = topics.ROOM_REQUEST.name
WISH = records.EnterRoom(
    request_id=str(uuid4()),
    room_id=str(uuid4()),
    account_id=str(uuid4()),
    user_id="minsu",
    user_name="민수",
    requested_at="2026-11-21T00:00:00.000Z",
)


def app_over(producer: ProducerSpy) -> Any:
    return SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))


def event(value: bytes | None, partition: int = 5) -> Any:
    message = SimpleNamespace(topic=REQUEST, partition=partition, offset=7, key=b"k", value=value)
    return SimpleNamespace(value=value, message=message)


def refusal(wish: records.EnterRoom) -> Outgoing:
    return Outgoing("answers", 5, b"k", wish.request_id.encode())


@given(key=st.uuids().map(str), partition=st.integers(0, PARTITIONS - 1))
def test_a_record_is_poison_in_every_partition_but_its_keys(key: str, partition: int) -> None:
    app, found = app_over(ProducerSpy()), event(b"", partition)
    if partition == partition_of(key, PARTITIONS):
        check_partition(app, found, "roomId", key)
    else:
        with pytest.raises(PoisonMessage, match="roomId"):
            check_partition(app, found, "roomId", key)


async def test_a_rejected_wish_is_dead_lettered_first_and_then_answered() -> None:
    producer = ProducerSpy()
    value = records.encode(WISH)
    await reject_wish(app_over(producer), event(value), "no", refusal)
    assert producer.sent == [
        (topics.ROOM_DLQ.name, b"k", value, 5),
        ("answers", b"k", WISH.request_id.encode(), 5),
    ]


@pytest.mark.parametrize("value", [None, b"\x00", b'{"type":"unknown"}'])
async def test_a_record_that_names_no_wish_is_dead_lettered_unanswered(value: bytes | None) -> None:
    producer = ProducerSpy()
    await reject_wish(app_over(producer), event(value), "no", refusal)
    assert producer.sent == [(topics.ROOM_DLQ.name, b"k", value or b"", 5)]
