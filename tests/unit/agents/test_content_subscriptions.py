"""The subscription sink: what it takes, carries out and tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.contents.subscriptions import LANE, SubscriptionSink
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonKind, PoisonMessage
from schemas import codec, records
from schemas.contexts.contents import SUBSCRIPTION
from tests.fakes import events
from tests.fakes.feeds import FakeSubscriptions
from tests.fakes.producer import ProducerSpy

REQUEST, RESPONSE = SUBSCRIPTION.request.name, SUBSCRIPTION.response.name
PARTITIONS = 8
ME, AUTHOR = str(uuid4()), str(uuid4())


def wish(kind: type[records.SubscriptionAsked], author_id: str = AUTHOR) -> Any:
    return kind(
        request_id=str(uuid4()),
        account_id=ME,
        author_id=author_id,
        requested_at="2026-11-30T00:00:00.000Z",
    )


def event(value: bytes, partition: int = partition_of(ME, PARTITIONS)) -> Any:
    return events.event(REQUEST, value, partition)


@pytest.fixture
def producer() -> ProducerSpy:
    return ProducerSpy()


@pytest.fixture
def store() -> FakeSubscriptions:
    return FakeSubscriptions(ME, AUTHOR)


@pytest.fixture
def waiting() -> list[int]:
    """How many subscriptions are written each time that one is said to wait."""
    return []


@pytest.fixture
def sink(producer: ProducerSpy, store: FakeSubscriptions, waiting: list[int]) -> SubscriptionSink:
    app: Any = SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))
    return SubscriptionSink(app, {LANE: store}, lambda: waiting.append(len(store.held)))


async def test_each_kind_of_wish_is_answered_facts_first(
    sink: SubscriptionSink, producer: ProducerSpy
) -> None:
    wishes = [
        wish(records.SubscribeToAuthor, ME),
        wish(records.SubscribeToAuthor),
        wish(records.SubscribeToAuthor),
        wish(records.UnsubscribeFromAuthor),
        wish(records.EraseSubscription),
    ]
    await sink.process(LANE, [event(records.encode(each)) for each in wishes])
    told = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert [(type(each), each.request_id) for each in told] == [
        (records.AuthorSubscribed, wishes[1].request_id),
        (records.AuthorUnsubscribed, wishes[3].request_id),
        (records.SubscriptionRefused, wishes[0].request_id),
        (records.SubscriptionUnchanged, wishes[2].request_id),
        (records.SubscriptionUnchanged, wishes[4].request_id),
    ]
    assert [topic for topic, *_ in producer.sent] == [RESPONSE] * 5
    assert told[2].code == "CANNOT_SUBSCRIBE_SELF"


async def test_feeds_are_told_of_a_subscription_once_it_is_written_and_not_of_its_end(
    sink: SubscriptionSink, waiting: list[int]
) -> None:
    await sink.process(LANE, [event(records.encode(wish(records.SubscribeToAuthor)))])
    assert waiting == [1]
    await sink.process(LANE, [event(records.encode(wish(records.UnsubscribeFromAuthor)))])
    assert waiting == [1]


async def test_an_erasure_ends_a_subscription(
    sink: SubscriptionSink, producer: ProducerSpy
) -> None:
    for kind in (records.SubscribeToAuthor, records.EraseSubscription):
        await sink.process(LANE, [event(records.encode(wish(kind)))])
    assert codec.decode(RESPONSE, producer.sent[-1][2]).fact_no == 2


async def test_a_wish_in_anothers_partition_is_poison_and_refused(
    sink: SubscriptionSink, producer: ProducerSpy
) -> None:
    asked = wish(records.SubscribeToAuthor)
    misplaced = event(records.encode(asked), (partition_of(ME, PARTITIONS) + 1) % PARTITIONS)
    with pytest.raises(PoisonMessage) as poison:
        await sink.process(LANE, [misplaced])
    assert poison.value.kind is PoisonKind.MISPLACED
    await sink.reject(misplaced, "misplaced", PoisonKind.MISPLACED)
    letter, refusal = producer.sent
    assert letter[0] == SUBSCRIPTION.dlq.name
    refused = codec.decode(refusal[0], refusal[2])
    assert isinstance(refused, records.SubscriptionRefused)
    assert (refused.request_id, refused.code) == (asked.request_id, "INVALID_INPUT")
