"""Campaigns are audited by themselves, on a store of the test's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from agents.coupons.audits import DIFFERENCES, OVERDUE, AuditPorts, CampaignAudits
from chatstream.domain.coupons.audit import CampaignAudit, Close
from chatstream.errors import TransientFailure
from chatstream.ports.coupon_audits import AuditedCampaign
from tests.fakes.coupon_audits import FakeAudits
from tests.fakes.coupons import terms

SETTLE = 60.0


class Told:
    """Campaigns that are over, which of them are decided, and what an audit of each finds."""

    def __init__(self) -> None:
        self.store = FakeAudits()
        self.undecided: set[str] = set()
        self.coupons: dict[str, int] = {}
        self.examined: list[str] = []
        self.is_ours = True
        self.has_key = True

    def add(self, campaign_id: str, over_for: float) -> None:
        self.store.campaigns[campaign_id] = AuditedCampaign(
            campaign_id=campaign_id,
            close=Close(terms(), {}),
            cancelled_at=None,
            partitions=(0,),
            over_for=over_for,
        )

    async def examine(self, campaign: AuditedCampaign) -> CampaignAudit | None:
        self.examined.append(campaign.campaign_id)
        if campaign.campaign_id in self.undecided:
            return None
        audit = CampaignAudit(campaign.close)
        audit.end(self.coupons.get(campaign.campaign_id, 0))
        return audit

    def sign(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.has_key:
            raise TransientFailure("no key to sign with")
        return {**told, "kid": "k", "signature": f"of {told['campaignId']}"}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def check(told: Told) -> Iterator[CampaignAudits]:
    store = told.store
    ports = AuditPorts(store.campaign, store, told.examine, told.sign, lambda: told.is_ours)
    yield CampaignAudits(ports, 0, SETTLE)
    DIFFERENCES.set(0)
    OVERDUE.set(0)


def value(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"chatstream_coupon_audit{name}")


async def test_what_is_over_is_audited_once_and_what_is_not_yet_waits(
    check: CampaignAudits, told: Told
) -> None:
    told.add("old", 100)
    told.add("new", 10)
    before = value("s_total") or 0
    for _ in range(2):
        await check.check()
    assert told.examined == ["old"]
    kept = told.store.audits["old"]
    assert (kept.claims, kept.issued, kept.kid, kept.signature) == (0, 0, "k", "of old")
    assert kept.digest == CampaignAudit(Close(terms(), {})).statement("old")["digest"]
    assert set(told.store.audits) == {"old"}
    assert (value("s_total") or 0) - before == 1
    assert (value("_differences"), value("_overdue_seconds")) == (0, 0)


async def test_one_whose_claims_are_not_decided_waits_and_is_told(
    check: CampaignAudits, told: Told
) -> None:
    told.add("late", 7200)
    told.add("done", 100)
    told.undecided = {"late"}
    await check.check()
    assert set(told.store.audits) == {"done"}
    assert value("_overdue_seconds") == 7200
    told.undecided = set()
    await check.check()
    assert set(told.store.audits) == {"done", "late"}
    assert value("_overdue_seconds") == 0


async def test_a_difference_is_kept_and_told_for_a_week(
    check: CampaignAudits, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    told.add("wrong", 100)
    told.coupons["wrong"] = 2
    with caplog.at_level(logging.ERROR):
        await check.check()
    assert told.store.audits["wrong"].differences == ("2 coupons are there that no claim got",)
    assert value("_differences") == 1
    assert "the campaign wrong differs from the log: 2 coupons" in caplog.text
    told.store.now += timedelta(days=8)
    await check.check()
    assert value("_differences") == 0


async def test_only_the_worker_whose_it_is_audits_and_tells(
    check: CampaignAudits, told: Told
) -> None:
    told.add("wrong", 100)
    told.coupons["wrong"] = 2
    told.is_ours = False
    await check.check()
    assert told.examined == []
    told.is_ours = True
    await check.check()
    assert value("_differences") == 1
    told.is_ours = False
    await check.check()
    assert (value("_differences"), value("_overdue_seconds")) == (0, 0)


async def test_nothing_is_kept_without_a_signature_nor_of_what_changed_meanwhile(
    check: CampaignAudits, told: Told
) -> None:
    told.add("old", 100)
    told.has_key = False
    with pytest.raises(TransientFailure):
        await check.check()
    assert told.store.audits == {}
    assert value("_overdue_seconds") == 100
    told.has_key = True

    async def cancelled(campaign: AuditedCampaign) -> CampaignAudit | None:
        told.store.campaigns["old"] = AuditedCampaign(
            campaign_id="old",
            close=campaign.close,
            cancelled_at=told.store.now,
            partitions=(0,),
            over_for=100,
        )
        return CampaignAudit(campaign.close)

    ports = AuditPorts(told.store.campaign, told.store, cancelled, told.sign, lambda: True)
    await CampaignAudits(ports, 0, SETTLE).check()
    assert told.store.audits == {}
    assert value("_overdue_seconds") == 100
