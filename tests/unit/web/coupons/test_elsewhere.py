"""Claims that other fronts took: known while they wait, and told so that others know."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from chatstream.domain.partitions import partition_of
from schemas import codec, records
from schemas.contexts.coupons import WAITING
from web.coupons.elsewhere import WaitingElsewhere, WaitingTold


def waits(claim_id: str, offset: int, partition: int = 0) -> records.ClaimWaits:
    return records.ClaimWaits(
        request_id=claim_id,
        account_id="minsu",
        campaign_id="winter",
        partition=partition,
        offset=offset,
    )


def test_what_is_told_after_its_outcome_does_not_wait() -> None:
    """The outcome and the news come on different topics, in any order."""
    known = WaitingElsewhere()
    known.decided(0, 7, "minsu", "late")
    known.heard(waits("late", 7))
    assert known.named("late", "minsu") is None
    known.heard(waits("next", 8))
    known.heard(waits("other", 3, partition=1))
    assert known.named("next", "minsu") is not None
    assert known.named("other", "minsu") is not None


def test_a_claim_whose_outcome_was_not_heard_waits_until_one_behind_it_is_decided() -> None:
    known = WaitingElsewhere()
    known.heard(waits("away", 4))
    known.decided(0, 3, "jun", "before")
    assert known.named("away", "minsu") is not None
    known.decided(0, 5, "jun", "behind")
    assert known.named("away", "minsu") is None


def test_a_bounded_number_is_known_and_the_oldest_is_forgotten() -> None:
    known = WaitingElsewhere(most=2)
    for offset, claim_id in enumerate(("a", "b", "a", "c")):
        known.heard(waits(claim_id, offset))
    assert [known.named(each, "minsu") is not None for each in "abc"] == [True, False, True]


class Producer:
    """Takes records; with a `fault` it takes none."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.sent: list[tuple[Any, ...]] = []

    async def send(self, *record: Any) -> asyncio.Future[None]:
        if self.fault is not None:
            raise self.fault
        self.sent.append(record)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


def telling(producer: Producer) -> WaitingTold:
    return WaitingTold(SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=8)))


async def test_all_fronts_are_told_in_the_order_of_the_account() -> None:
    producer = Producer()
    await telling(producer).tell(waits("a", 1))
    [(topic, key, value, partition, *_)] = producer.sent
    assert (topic, key, partition) == (WAITING.event.name, b"minsu", partition_of("minsu", 8))
    assert codec.decode(topic, value) == waits("a", 1)


async def test_a_broker_that_does_not_take_it_keeps_no_answer_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="web.coupons.elsewhere"):
        await telling(Producer(KafkaConnectionError("away"))).tell(waits("a", 1))
    assert "was not told" in caplog.text
