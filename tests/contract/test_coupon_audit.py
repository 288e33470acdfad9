"""The audit of a campaign: rows of real Postgres against the records that led to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

from chatstream.commands.coupons import AuditReport, examine
from chatstream.ports.coupons import CampaignAct, ClaimWish
from infra.kafka.log_spans import LoggedRecord
from infra.postgres.coupon_audit import PostgresAuditRows
from schemas import records
from schemas.contexts.coupons import CLAIM
from tests.contract.coupon_rig import Rig
from tests.fakes.coupons import CLOSES, OPENS, PARTITIONS, terms

EARLY = OPENS - timedelta(seconds=1)


async def log_of(wishes: list[ClaimWish]) -> AsyncIterator[LoggedRecord]:
    """The records as they lie on the log."""
    for wish in wishes:
        record = records.ClaimCoupon(
            request_id=wish.request_id,
            account_id=wish.account_id,
            campaign_id=wish.campaign_id,
            partitions=wish.partitions,
            requested_at="",
        )
        at_ms = round(wish.appended_at.timestamp() * 1000)
        value = records.encode(record)
        yield LoggedRecord(CLAIM.request.name, wish.partition, wish.offset, value, at_ms)


async def audit(coupons: Rig, campaign_id: str, wishes: list[ClaimWish]) -> AuditReport:
    rows = PostgresAuditRows(coupons.database)
    campaign = await rows.campaign(campaign_id)
    assert campaign is not None
    return await examine(rows, campaign_id, campaign, log_of(wishes), PARTITIONS)


async def test_what_was_decided_is_as_the_log_says_and_stays_so_without_the_account(
    coupons: Rig,
) -> None:
    other = await coupons.create(terms(opens_at=EARLY))
    campaign_id = await coupons.create(terms(stock=3, partitions=2))
    twice, early = str(uuid4()), str(uuid4())
    foreign = coupons.claim(other, twice, EARLY)
    await coupons.do(foreign)
    wishes = [coupons.claim(campaign_id, early, EARLY, 2)]
    wishes += [coupons.claim(campaign_id, str(uuid4()), OPENS, 2) for _ in range(3)]
    wishes += [coupons.claim(campaign_id, twice, OPENS, 2) for _ in range(2)]
    wishes.append(coupons.claim(campaign_id, twice, OPENS, 2, foreign.request_id))
    wishes.append(coupons.claim(campaign_id, early, CLOSES, 2, wishes[0].request_id))
    await coupons.do(*wishes)
    report = await audit(coupons, campaign_id, [foreign, *wishes])
    assert report.findings == []
    assert report.statement == {
        "campaignId": campaign_id,
        "claims": 6,
        "issued": 3,
        "digest": report.statement["digest"],
    }
    await coupons.eraser.erase(wishes[1].account_id)
    assert (await audit(coupons, campaign_id, wishes)).statement == report.statement


async def test_a_cancelled_campaign_is_closed_behind_what_was_decided(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    wishes = [coupons.claim(campaign_id, str(uuid4()), EARLY)]
    await coupons.do(*wishes)
    await coupons.ask(campaign_id, CampaignAct.CANCEL)
    wishes += [coupons.claim(campaign_id, str(uuid4()), at) for at in (EARLY, OPENS)]
    await coupons.do(*wishes[1:])
    report = await audit(coupons, campaign_id, wishes)
    assert (report.findings, report.statement["claims"]) == ([], 2)


async def test_what_was_changed_behind_the_log_is_named(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(stock=2))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(3)]
    issued, *_ = await coupons.do(*wishes)
    digest = (await audit(coupons, campaign_id, wishes)).statement["digest"]
    await coupons.database.fetch(
        "delete from coupons where coupon_id = %s::uuid", (issued.coupon_id,)
    )
    assert (await audit(coupons, campaign_id, wishes)).findings == [
        f"{issued.claim_id} got a coupon that is not there"
    ]
    await coupons.database.fetch(
        "update claim_facts set kind = 'refused', code = 'SOLD_OUT' where wish_id = %s::uuid",
        (issued.claim_id,),
    )
    changed = await audit(coupons, campaign_id, wishes)
    assert any("sold out when 1 of 2" in each for each in changed.findings)
    assert changed.statement["digest"] != digest
    lost = await audit(coupons, campaign_id, wishes[1:])
    assert any("is not on the log" in each for each in lost.findings)
