"""Audits of campaigns in memory: the comparison without a store, and where audits are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chatstream.domain.coupons.audit import (
    ISSUED,
    CampaignAudit,
    Close,
    KeptClaim,
    LoggedClaim,
)
from chatstream.ports.coupon_audits import AuditedCampaign, SignedAudit, WaitingAudit

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Audited:
    """A campaign, its log and what was kept of it."""

    close: Close
    logged: Sequence[LoggedClaim]
    kept: Sequence[KeptClaim]

    def audit(self) -> CampaignAudit:
        """What an audit of it finds; each coupon is there."""
        audit = CampaignAudit(self.close)
        partitions = {each.partition for each in self.logged} | {
            each.partition for each in self.kept
        }
        for partition in sorted(partitions):
            audit.begin()
            logged = [each for each in self.logged if each.partition == partition]
            kept = [each for each in self.kept if each.partition == partition]
            for each in audit.take(logged, sorted(kept, key=lambda one: one.place)):
                if not self._is_answered(each):
                    audit.undecided(each)
        audit.end(sum(each.outcome == ISSUED for each in self.kept))
        return audit

    @property
    def digest(self) -> object:
        """That of its statement."""
        return self.audit().statement("")["digest"]

    def _is_answered(self, claim: LoggedClaim) -> bool:
        return any(
            each.claim_id == claim.claim_id
            and (each.partition != claim.partition or each.offset < claim.offset)
            for each in self.kept
        )


@dataclass
class FakeAudits:
    """ports.coupon_audits.AuditStore and AuditReader, and the campaigns that it may be asked for.

    `now` is the clock of the store, which stands still.
    """

    campaigns: dict[str, AuditedCampaign] = field(default_factory=dict)
    audits: dict[str, SignedAudit] = field(default_factory=dict)
    fault: Exception | None = None
    now: datetime = datetime(2026, 12, 2, tzinfo=UTC)

    async def campaign(self, campaign_id: str) -> AuditedCampaign | None:
        """See AuditRows."""
        self._fail()
        return self.campaigns.get(campaign_id)

    async def waiting(self, settle: float) -> Sequence[WaitingAudit]:
        """See AuditStore."""
        self._fail()
        over = [
            WaitingAudit(each.campaign_id, each.over_for)
            for each in self.campaigns.values()
            if each.over_for >= settle and each.campaign_id not in self.audits
        ]
        return sorted(over, key=lambda each: -each.over_for)[:100]

    async def keep(self, campaign: AuditedCampaign, audit: SignedAudit) -> bool:
        """See AuditStore."""
        self._fail()
        now = self.campaigns.get(campaign.campaign_id)
        is_same = now is not None and (
            now.cancelled_at == campaign.cancelled_at
            and now.close.terms.closes_at == campaign.close.terms.closes_at
        )
        if not is_same or audit.campaign_id in self.audits:
            return False
        self.audits[audit.campaign_id] = replace(audit, audited_at=self.now)
        return True

    async def differing(self) -> int:
        """See AuditStore."""
        self._fail()
        return sum(
            each.difference_count
            for each in self.audits.values()
            if each.audited_at is not None and each.audited_at > self.now - KEPT_FOR
        )

    async def audit(self, campaign_id: str) -> SignedAudit | None:
        """See AuditReader."""
        self._fail()
        return self.audits.get(campaign_id)

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault
