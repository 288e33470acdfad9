"""The audit of a campaign: rows of real Postgres against the records that led to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agents.coupons.examining import CampaignExaminer
from chatstream.domain.coupons.audit import CampaignAudit
from chatstream.ports.coupon_audits import SignedAudit
from chatstream.ports.coupons import CampaignAct, ClaimWish
from infra.kafka.log_spans import LoggedRecord
from infra.postgres.campaign_audits import PostgresAudits
from infra.postgres.coupon_audit import PostgresAuditRows
from infra.security import keys, statements
from infra.security.keyring import KeyRing
from schemas import records
from schemas.contexts.coupons import CLAIM
from tests.contract.coupon_rig import Rig
from tests.fakes.coupons import CLOSES, OPENS, PARTITIONS, terms

EARLY = OPENS - timedelta(seconds=1)
PAGE = 2


class Log:
    """The records as they lie on the log."""

    def __init__(self, wishes: Sequence[ClaimWish]) -> None:
        self.wishes = wishes

    async def __call__(
        self, partition: int, first_ms: int, last_ms: int
    ) -> AsyncGenerator[LoggedRecord, None]:
        for wish in self.wishes:
            at_ms = round(wish.appended_at.timestamp() * 1000)
            if wish.partition != partition or not first_ms <= at_ms < last_ms:
                continue
            record = records.ClaimCoupon(
                request_id=wish.request_id,
                account_id=wish.account_id,
                campaign_id=wish.campaign_id,
                partitions=wish.partitions,
                requested_at="",
            )
            value = records.encode(record)
            yield LoggedRecord(CLAIM.request.name, partition, wish.offset, value, at_ms)


async def examined(
    coupons: Rig, campaign_id: str, wishes: Sequence[ClaimWish]
) -> CampaignAudit | None:
    rows = PostgresAuditRows(coupons.database)
    campaign = await rows.campaign(campaign_id)
    assert campaign is not None
    return await CampaignExaminer(rows, Log(wishes), PARTITIONS, PAGE).examine(campaign)


async def audit(coupons: Rig, campaign_id: str, wishes: Sequence[ClaimWish]) -> CampaignAudit:
    found = await examined(coupons, campaign_id, wishes)
    assert found is not None
    return found


def by_code(told: Sequence[Any]) -> list[str]:
    return sorted(getattr(each, "code", "issued") for each in told)


async def test_what_was_decided_is_as_the_log_says_page_by_page(coupons: Rig) -> None:
    other = await coupons.create(terms(opens_at=EARLY))
    campaign_id = await coupons.create(terms(stock=3, partitions=2))
    twice, early = str(uuid4()), str(uuid4())
    foreign = coupons.claim(other, twice, EARLY)
    await coupons.do(foreign)
    wishes = [coupons.claim(campaign_id, early, EARLY, 2)]
    wishes += [coupons.claim(campaign_id, str(uuid4()), OPENS, 2) for _ in range(7)]
    wishes += [coupons.claim(campaign_id, twice, OPENS, 2) for _ in range(2)]
    wishes.append(coupons.claim(campaign_id, twice, OPENS, 2, foreign.request_id))
    # Whoever names another's claimId is told so, in whichever partition, and nothing is kept.
    wishes += [
        coupons.claim(campaign_id, str(uuid4()), OPENS, 2, wishes[1].request_id) for _ in range(4)
    ]
    wishes.append(coupons.claim(campaign_id, early, CLOSES, 2, wishes[0].request_id))
    await coupons.do(*wishes)
    report = await audit(coupons, campaign_id, [foreign, *wishes])
    assert (report.found, report.claims, report.issued) == ([], 9, 3)


async def test_what_comes_behind_the_close_changes_no_statement(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(stock=3))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(2)]
    await coupons.do(*wishes)
    before = await audit(coupons, campaign_id, wishes)
    wishes += [coupons.claim(campaign_id, str(uuid4()), CLOSES) for _ in range(3)]
    await coupons.do(wishes[2])
    after = await audit(coupons, campaign_id, wishes)
    assert (before.found, after.found) == ([], [])
    assert before.statement(campaign_id) == after.statement(campaign_id)
    assert after.claims == 2


async def test_there_is_none_while_a_claim_that_came_before_the_close_is_not_decided(
    coupons: Rig,
) -> None:
    campaign_id = await coupons.create(terms(stock=3))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(3)]
    await coupons.do(*wishes[:2])
    assert await examined(coupons, campaign_id, wishes) is None
    await coupons.do(wishes[2])
    assert (await audit(coupons, campaign_id, wishes)).claims == 3


async def test_a_cancelled_campaign_is_over_where_it_was_decided_up_to(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms())
    wishes = [coupons.claim(campaign_id, str(uuid4()), at) for at in (EARLY, OPENS)]
    await coupons.do(*wishes)
    await coupons.ask(campaign_id, CampaignAct.CANCEL)
    wishes += [coupons.claim(campaign_id, str(uuid4()), OPENS) for _ in range(2)]
    # What lies behind the cancellation need not be decided, and is in no statement when it is.
    before = await audit(coupons, campaign_id, wishes)
    assert by_code(await coupons.do(*wishes[2:])) == ["CLOSED", "CLOSED"]
    after = await audit(coupons, campaign_id, wishes)
    for report in (before, after):
        assert (report.found, report.claims, report.issued) == ([], 1, 1)
    assert before.statement(campaign_id) == after.statement(campaign_id)


async def test_what_was_changed_behind_the_log_is_named(coupons: Rig) -> None:
    campaign_id = await coupons.create(terms(stock=2))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(3)]
    issued, *_ = await coupons.do(*wishes)
    right = await audit(coupons, campaign_id, wishes)
    await coupons.database.fetch(
        "update coupons set claim_id = %s::uuid where coupon_id = %s::uuid",
        (str(uuid4()), issued.coupon_id),
    )
    assert (await audit(coupons, campaign_id, wishes)).found == [
        f"{issued.claim_id} got a coupon that is not there",
        "1 coupons are there that no claim got",
    ]
    await coupons.database.fetch(
        "update claim_facts set kind = 'refused', code = 'SOLD_OUT' where wish_id = %s::uuid"
        " and kind = 'issued'",
        (issued.claim_id,),
    )
    changed = await audit(coupons, campaign_id, wishes)
    assert any("sold out when 1 of 2" in each for each in changed.found)
    digest = changed.statement(campaign_id)["digest"]
    assert digest != right.statement(campaign_id)["digest"]
    lost = await audit(coupons, campaign_id, wishes[1:])
    assert any("is not on the log" in each for each in lost.found)
    await coupons.database.fetch(
        "delete from claim_facts where wish_id = %s::uuid", (wishes[1].request_id,)
    )
    gone = await audit(coupons, campaign_id, wishes)
    assert any(f"{wishes[1].request_id} is on the log and" in each for each in gone.found)


async def test_all_differences_are_counted_and_some_are_told(
    coupons: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstream.domain.coupons.audit.SHOWN", 2)
    campaign_id = await coupons.create(terms(stock=5))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(5)]
    await coupons.do(*wishes)
    lost = await audit(coupons, campaign_id, ())
    assert (lost.count, len(lost.found)) == (5, 2)


async def test_an_erasure_leaves_what_was_signed_true(coupons: Rig, tmp_path: Path) -> None:
    keys.ensure_keys(tmp_path)
    campaign_id = await coupons.create(terms(stock=1))
    wishes = [coupons.claim(campaign_id, str(uuid4())) for _ in range(2)]
    await coupons.do(*wishes)
    before = await audit(coupons, campaign_id, wishes)
    signed = statements.sign(before.statement(campaign_id), KeyRing(tmp_path).signer())
    audits = PostgresAudits(coupons.database)
    campaign = await PostgresAuditRows(coupons.database).campaign(campaign_id)
    assert campaign is not None
    kept = SignedAudit(
        campaign_id=campaign_id,
        claims=before.claims,
        issued=before.issued,
        digest=signed["digest"],
        kid=signed["kid"],
        signature=signed["signature"],
    )
    assert await audits.keep(campaign, kept)
    for wish in wishes:
        await coupons.eraser.erase(wish.account_id)
    after = await audit(coupons, campaign_id, wishes)
    assert (after.found, after.statement(campaign_id)) == ([], before.statement(campaign_id))
    held = await audits.audit(campaign_id)
    assert held is not None
    statement = {**after.statement(campaign_id), "kid": held.kid, "signature": held.signature}
    assert statements.is_signed(statement, keys.verifying_keys(tmp_path))
    for wish in wishes:
        found = await coupons.database.fetch(
            "select 1 from campaign_audits a where position(%s in a::text) > 0", (wish.account_id,)
        )
        assert found == []
