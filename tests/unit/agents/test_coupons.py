"""The coupon service's sinks: the broker's time, partitions, poison, and what is told of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.coupons.campaigns import CampaignSink, wish_of
from agents.coupons.claims import ClaimSink
from agents.coupons.copies import account_of
from chatstream.domain.times import to_text
from chatstream.errors import PoisonKind, PoisonMessage
from chatstream.ports.coupons import CampaignAct, KnownAccount
from schemas import codec, records
from schemas.contexts.coupons import CAMPAIGN, CLAIM
from tests.fakes.coupons import OPENS, PARTITIONS, FakeClaims, place_of, terms
from tests.fakes.producer import ProducerSpy

CAMPAIGN_ID = str(uuid4())
AT = "2026-12-01T11:00:00.000Z"


def event(topic: str, record: Any, partition: int, offset: int = 0, by_broker: int = 1) -> Any:
    message = SimpleNamespace(
        topic=topic,
        partition=partition,
        offset=offset,
        key=b"k",
        value=records.encode(record),
        generation_id=1,
        headers=(),
        timestamp=OPENS.timestamp(),
        timestamp_type=by_broker,
    )
    return SimpleNamespace(value=message.value, key=b"k", message=message)


def claim(partitions: int = 1, **changes: Any) -> records.ClaimCoupon:
    fields: dict[str, Any] = {
        "request_id": str(uuid4()),
        "account_id": str(uuid4()),
        "campaign_id": CAMPAIGN_ID,
        "partitions": partitions,
        "requested_at": AT,
    }
    return records.ClaimCoupon(**(fields | changes))


@pytest.fixture
def producer() -> ProducerSpy:
    return ProducerSpy()


@pytest.fixture
def app(producer: ProducerSpy) -> Any:
    return SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))


@pytest.fixture
def sink(app: Any) -> ClaimSink:
    store = FakeClaims()
    store.add(CAMPAIGN_ID, terms(stock=1, partitions=4))
    return ClaimSink(app, {"coupon": store})


def at(record: records.ClaimCoupon, **changes: Any) -> Any:
    _, partition = place_of(CAMPAIGN_ID, record.account_id, record.partitions)
    return event(CLAIM.request.name, record, partition, **changes)


async def test_a_claim_is_decided_at_the_time_and_place_of_its_record(
    sink: ClaimSink, producer: ProducerSpy
) -> None:
    record = claim(4)
    taken = at(record, offset=7)
    await sink.process("coupon", [taken])
    (issued, *_) = [codec.decode(topic, value) for topic, _, value, _ in producer.sent]
    assert isinstance(issued, records.CouponIssued)
    assert (issued.offset, issued.appended_at) == (7, to_text(OPENS))
    assert issued.identities == (record.identity,)
    assert {partition for _, _, _, partition in producer.sent} == {taken.message.partition}


async def test_a_claim_in_another_partition_than_its_slice_is_poison(sink: ClaimSink) -> None:
    record = claim(4)
    _, partition = place_of(CAMPAIGN_ID, record.account_id, 4)
    misplaced = event(CLAIM.request.name, record, (partition + 1) % PARTITIONS)
    with pytest.raises(PoisonMessage) as poison:
        await sink.process("coupon", [misplaced])
    assert poison.value.kind is PoisonKind.MISPLACED


async def test_a_time_that_is_the_producers_is_poison(sink: ClaimSink) -> None:
    with pytest.raises(PoisonMessage, match="not that of the broker"):
        await sink.process("coupon", [at(claim(), by_broker=0)])


@pytest.mark.parametrize("reference", ["", "x" * 65])
async def test_a_reference_that_is_too_long_is_poison_and_refused(
    sink: ClaimSink, producer: ProducerSpy, reference: str
) -> None:
    use = records.UseCoupon(
        request_id=str(uuid4()),
        account_id=str(uuid4()),
        campaign_id=CAMPAIGN_ID,
        coupon_id=str(uuid4()),
        slice=0,
        reference=reference,
        requested_at=AT,
    )
    _, home = place_of(CAMPAIGN_ID, "", 1)
    taken = event(CLAIM.request.name, use, home)
    with pytest.raises(PoisonMessage, match="1 to 64"):
        sink.parse(taken)
    await sink.reject(taken, "a reference has 1 to 64 characters")
    letter, refusal = producer.sent
    assert letter[0] == CLAIM.dlq.name
    refused = codec.decode(refusal[0], refusal[2])
    assert (type(refused), refused.code) == (records.CouponRefused, "INVALID_INPUT")


async def test_a_claim_that_cannot_be_carried_out_is_turned_away(
    sink: ClaimSink, producer: ProducerSpy
) -> None:
    record = claim(16)
    with pytest.raises(PoisonMessage):
        sink.parse(
            event(CLAIM.request.name, record, place_of(CAMPAIGN_ID, record.account_id, 16)[1])
        )
    await sink.reject(at(record), "no more partitions")
    away = codec.decode(producer.sent[1][0], producer.sent[1][2])
    assert (type(away), away.request_id) == (records.ClaimTurnedAway, record.request_id)


def created(**changes: Any) -> records.CreateCampaign:
    return records.CreateCampaign(
        request_id=str(uuid4()),
        account_id=str(uuid4()),
        campaign_id=CAMPAIGN_ID,
        terms=records.told_terms(terms(**changes)),
        requested_at=AT,
    )


def test_terms_that_no_campaign_has_are_poison(app: Any) -> None:
    sink = CampaignSink(app, {})
    _, home = place_of(CAMPAIGN_ID, "", 1)
    sink.parse(event(CAMPAIGN.request.name, created(), home))
    with pytest.raises(PoisonMessage):
        sink.parse(event(CAMPAIGN.request.name, created(stock=0), home))
    wrong = records.ChangeCampaign(
        request_id=str(uuid4()),
        account_id=str(uuid4()),
        campaign_id=CAMPAIGN_ID,
        changes=records.CampaignChanges(opens_at="soon"),
        requested_at=AT,
    )
    with pytest.raises(PoisonMessage):
        sink.parse(event(CAMPAIGN.request.name, wrong, home))


def test_what_a_record_asks_is_what_the_rules_have() -> None:
    wish = wish_of(3, created(valid_days=3))
    assert (wish.act, wish.terms, wish.partition) == (CampaignAct.CREATE, terms(valid_days=3), 3)
    change = records.ChangeCampaign(
        request_id=str(uuid4()),
        account_id=str(uuid4()),
        campaign_id=CAMPAIGN_ID,
        changes=records.CampaignChanges(stock=9, opens_at=to_text(OPENS)),
        requested_at=AT,
    )
    assert wish_of(3, change).changes == {"stock": 9, "opens_at": OPENS}


def test_an_account_is_known_by_its_age_until_it_is_erased() -> None:
    base: dict[str, Any] = {"request_id": "q", "account_id": "a", "fact_no": 4}
    made = records.AccountCreated(**base, user_id="ann", name="Ann", created_at=to_text(OPENS))
    assert account_of(made) == KnownAccount("a", 4, OPENS)
    erased = records.AccountErased(**base, saga_id="s", at=AT)
    assert account_of(erased) == KnownAccount("a", 4)
    assert account_of(records.ProfileUnchanged(request_id="q", account_id="a", at=AT)) is None
