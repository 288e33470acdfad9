"""The coupon service through real Kafka: the broker's time, two workers, one killed in the rush."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chatstream.domain.coupons.terms import Terms
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from infra.embedded import kafka, postgres
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.security import keys
from schemas import codec, records
from schemas.contexts.coupons import CAMPAIGN, CLAIM
from schemas.streams import Stream
from tests.client.metrics import samples, total
from tests.client.waiting import eventually
from tests.fakes.coupons import terms
from tests.operate.laid import VariedStack, laid_stack

pytestmark = pytest.mark.operate

PARTITIONS = 8
WORKERS = ("coupon-1", "coupon-2")
DEADLINE = 240.0
OPEN_FOR = 60.0
"""Seconds in which a claim comes in time, on a machine that runs much else."""
SETTINGS = {"CHATSTREAM_COUPONS__AUDIT_INTERVAL": "1", "CHATSTREAM_COUPONS__AUDIT_SETTLE": "2"}


@pytest.fixture(scope="module")
def laid(request: pytest.FixtureRequest) -> Iterator[VariedStack]:
    shape = StackShape(ProcessCounts(coupon=len(WORKERS)), SETTINGS)
    servers = [kafka.NAME, *postgres.SERVERS]
    with laid_stack(request, "coupons", shape, servers=servers) as stack:
        keys.ensure_keys(Path(stack.env()["CHATSTREAM_AUTH__KEYS_DIR"]))
        stack.start_workers(*WORKERS)
        yield stack


class Rig:
    """Wishes as a front produces them, and every answer as its tail reads it."""

    def __init__(self, stack: VariedStack) -> None:
        self.stack = stack
        self.producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
        self.consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap)
        self.told: list[Any] = []
        self.facts: dict[tuple[str, int, int], bytes] = {}

    async def start(self) -> None:
        await self.producer.start()
        await self.consumer.start()
        streams = (CAMPAIGN, CLAIM)
        self.consumer.assign(
            [TopicPartition(each.response.name, p) for each in streams for p in range(PARTITIONS)]
        )
        await self.consumer.seek_to_beginning()

    async def send(self, stream: Stream, wish: records.CampaignWish | records.ClaimRequest) -> None:
        place = (partition_of(wish.key, PARTITIONS) + wish.spread) % PARTITIONS
        key, value = wish.key.encode(), records.encode(wish)
        # Long ago, as a producer with a wrong clock says: the broker's time counts.
        await self.producer.send(stream.request.name, value, key, place, timestamp_ms=1000)

    async def read(self) -> None:
        """What has been told since; a fact that is told again is the same one."""
        for place, found in (await self.consumer.getmany(timeout_ms=200)).items():
            for message in found:
                record = codec.decode(place.topic, message.value)
                self.told.append(record)
                number = getattr(record, "fact_no", None)
                if number is not None:
                    fact = self.facts.setdefault(
                        (place.topic, place.partition, number), message.value
                    )
                    assert fact == message.value

    async def answer(self, request_id: str) -> Any:
        async def told() -> Any:
            await self.read()
            return [each for each in self.told if getattr(each, "request_id", "") == request_id]

        return (await eventually(told, DEADLINE))[0]

    async def cancel(self, campaign_id: str) -> None:
        wish = records.CancelCampaign(
            request_id=str(uuid4()),
            account_id=str(uuid4()),
            campaign_id=campaign_id,
            requested_at=now_text(),
        )
        await self.send(CAMPAIGN, wish)
        assert isinstance(await self.answer(wish.request_id), records.CampaignCancelled)

    async def create(self, its: Terms) -> str:
        wish = records.CreateCampaign(
            request_id=str(uuid4()),
            account_id=str(uuid4()),
            campaign_id=str(uuid4()),
            terms=records.told_terms(its),
            requested_at=now_text(),
        )
        await self.send(CAMPAIGN, wish)
        assert isinstance(await self.answer(wish.request_id), records.CampaignCreated)
        return wish.campaign_id

    async def claim(self, campaign_id: str, partitions: int = 1) -> records.ClaimCoupon:
        wish = records.ClaimCoupon(
            request_id=str(uuid4()),
            account_id=str(uuid4()),
            campaign_id=campaign_id,
            partitions=partitions,
            requested_at=now_text(),
        )
        await self.send(CLAIM, wish)
        return wish

    def outcomes(self) -> dict[str, Any]:
        kept = (records.CouponIssued, records.ClaimRefused)
        return {each.claim_id: each for each in self.told if isinstance(each, kept)}


@pytest.fixture
async def rig(laid: VariedStack) -> AsyncIterator[Rig]:
    rig = Rig(laid)
    await rig.start()
    yield rig
    await rig.producer.stop()
    await rig.consumer.stop()


def open_now(**changes: Any) -> Terms:
    """A campaign that opens in a moment and stays open for longer than any test."""
    opens_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    times = {"opens_at": opens_at, "closes_at": opens_at + timedelta(hours=5)}
    return terms(**(times | changes))


async def opened(rig: Rig, campaign_id: str, partitions: int = 1) -> records.CouponIssued:
    """The first claim that is not too early gets a coupon."""

    async def issued() -> Any:
        wish = await rig.claim(campaign_id, partitions)
        answer = await rig.answer(wish.request_id)
        if isinstance(answer, records.ClaimTurnedAway):
            assert answer.code == "NOT_OPEN_YET"
            return None
        return answer

    found = await eventually(issued, DEADLINE)
    assert isinstance(found, records.CouponIssued)
    return found


async def test_the_time_of_a_claim_is_that_of_the_broker(rig: Rig) -> None:
    its = open_now()
    campaign_id = await rig.create(its)
    issued = await opened(rig, campaign_id)
    assert issued.appended_at >= records.told_terms(its).opens_at
    use = records.UseCoupon(
        request_id=str(uuid4()),
        account_id=issued.account_id,
        campaign_id=campaign_id,
        coupon_id=issued.coupon_id,
        slice=0,
        reference="order 7",
        requested_at=now_text(),
    )
    await rig.send(CLAIM, use)
    assert isinstance(await rig.answer(use.request_id), records.CouponUsed)


@pytest.mark.parametrize("partitions", [1, 4])
async def test_a_worker_that_is_killed_in_the_rush_gives_nothing_out_twice(
    rig: Rig, partitions: int, tmp_path: Path
) -> None:
    stock, claims = 40, 400
    campaign_id = await rig.create(open_now(stock=stock, partitions=partitions))
    first = await opened(rig, campaign_id, partitions)
    wishes = []
    for number in range(claims):
        wishes.append(await rig.claim(campaign_id, partitions))
        if number == claims // 2:
            await rig.producer.flush()
            os.kill(rig.stack.pid(WORKERS[0]), signal.SIGKILL)
    await rig.producer.flush()

    async def all_told() -> bool:
        await rig.read()
        return {wish.request_id for wish in wishes} <= rig.outcomes().keys()

    await eventually(all_told, DEADLINE)
    mine = [each for each in rig.outcomes().values() if each.campaign_id == campaign_id]
    kinds = Counter(getattr(each, "code", "issued") for each in mine)
    assert kinds == {"issued": stock, "SOLD_OUT": claims + 1 - stock}
    places: dict[int, list[Any]] = {}
    for wish in wishes:
        own = rig.outcomes()[wish.request_id]
        places.setdefault(wish.spread, []).append((own.offset, getattr(own, "code", "issued")))
    for line in places.values():
        codes = [code for _, code in sorted(line)]
        assert codes == sorted(codes, key=lambda code: code != "issued")
    sold = [each for each in rig.told if isinstance(each, records.CampaignSoldOut)]
    assert {each.campaign_id for each in sold if each.campaign_id == campaign_id}
    assert isinstance(first, records.CouponIssued)
    rig.stack.wait_ready(WORKERS[0], DEADLINE)
    await rig.cancel(campaign_id)
    proof = tmp_path / "proof.json"
    proof.write_text(rig.stack.command("coupon", "audit", campaign_id).splitlines()[-1])
    statement = json.loads(proof.read_text())
    assert (statement["claims"], statement["issued"]) == (claims + 1, stock)
    assert statement["kid"] in rig.stack.command("coupon", "verify", str(proof))
    assert await audited(rig, campaign_id) == statement | {"differences": 0}


async def audited(rig: Rig, campaign_id: str) -> dict[str, Any]:
    """The audit that the service has made."""

    def read() -> dict[str, Any] | None:
        with psycopg2.connect(rig.stack.dsns["coupon"]) as connection:
            cursor = connection.cursor()
            cursor.execute(
                "select claims, issued, digest, kid, signature, difference_count"
                " from campaign_audits where campaign_id = %s",
                (campaign_id,),
            )
            row = cursor.fetchone()
        connection.close()
        names = ("claims", "issued", "digest", "kid", "signature", "differences")
        told = {"campaignId": campaign_id}
        return None if row is None else told | dict(zip(names, row, strict=True))

    found: dict[str, Any] = await eventually(lambda: asyncio.to_thread(read), DEADLINE)
    return found


def take_away(rig: Rig, coupon_id: str) -> None:
    """Somebody's hand: the coupon is gone."""
    with psycopg2.connect(rig.stack.dsns["coupon"]) as connection:
        connection.cursor().execute("delete from coupons where coupon_id = %s", (coupon_id,))
    connection.close()


async def closed(rig: Rig, campaign_id: str) -> None:
    """Ask for a coupon again and again, until it is too late."""

    async def is_closed() -> bool:
        wish = await rig.claim(campaign_id)
        return bool((await rig.answer(wish.request_id)).code == "CLOSED")

    await eventually(is_closed, DEADLINE)


async def test_a_campaign_is_audited_by_itself_when_all_that_came_in_time_is_decided(
    rig: Rig, tmp_path: Path
) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=OPEN_FOR)
    right, wrong = [await rig.create(open_now(stock=2, closes_at=ends)) for _ in range(2)]
    won = {each: await opened(rig, each) for each in (right, wrong)}
    for _ in range(3):
        wish = await rig.claim(right)
        assert not isinstance(await rig.answer(wish.request_id), records.ClaimTurnedAway)
    take_away(rig, won[wrong].coupon_id)
    await closed(rig, right)
    mine = [each for each in rig.outcomes().values() if each.campaign_id == right]
    in_time = [each for each in mine if getattr(each, "code", "issued") != "CLOSED"]
    kept = await audited(rig, right)
    assert (kept["claims"], kept["issued"], kept["differences"]) == (len(in_time), 2, 0)
    proof = tmp_path / "proof.json"
    del kept["differences"]
    proof.write_text(json.dumps(kept))
    assert kept["kid"] in rig.stack.command("coupon", "verify", str(proof))
    # What comes behind the close changes nothing of it.
    await closed(rig, right)
    again = json.loads(rig.stack.command("coupon", "audit", right).splitlines()[-1])
    assert again == kept
    assert (await audited(rig, wrong))["differences"] == 1

    async def is_told() -> bool:
        told = [await samples(rig.stack, each) for each in WORKERS]
        return sorted(total(each, "coupon_audit_differences") for each in told) == [0, 1]

    await eventually(is_told, DEADLINE)
