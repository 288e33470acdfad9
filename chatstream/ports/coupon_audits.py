"""Audits of campaigns that are over: what they read, and where they are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chatstream.domain.coupons.audit import Close, KeptClaim, LoggedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCampaign:
    """A campaign to be audited; its claims lie in `partitions`.

    `over_for`: seconds since it was over by the clock of the database, below 0 before that.
    """

    campaign_id: str
    close: Close
    cancelled_at: datetime | None
    partitions: Sequence[int]
    over_for: float


class AuditRows(Protocol):
    """What was kept of a campaign. Everything raises TransientFailure while the store is away."""

    async def campaign(self, campaign_id: str) -> AuditedCampaign | None:
        """One campaign; None where there is none."""
        ...

    async def decided(self, partition: int) -> int:
        """The offset behind the last record of the claims that was decided in a partition."""
        ...

    async def kept(
        self, campaign_id: str, partition: int, after: int, before: int | None, limit: int
    ) -> Sequence[KeptClaim]:
        """Outcomes by place, behind the place `after`, of records before the offset `before`."""
        ...

    async def answered(self, campaign_id: str, claims: Sequence[LoggedClaim]) -> Collection[str]:
        """Ids of claims that need no outcome of their own: repeats, and ids of other wishes."""
        ...

    async def without_coupon(self, claim_ids: Sequence[str]) -> Collection[str]:
        """Those of the claims that have no coupon."""
        ...

    async def coupons(self, campaign_id: str) -> int:
        """How many coupons a campaign has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAudit:
    """An audit as it is kept: what was signed, and what differed.

    `differences` are the first of `difference_count`.
    """

    campaign_id: str
    claims: int
    issued: int
    digest: str
    kid: str
    signature: str
    difference_count: int = 0
    differences: Sequence[str] = field(default_factory=tuple)
    audited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingAudit:
    """A campaign that is over and has no audit; `over_for` as of AuditedCampaign."""

    campaign_id: str
    over_for: float


class AuditStore(Protocol):
    """Where audits are kept. Everything raises TransientFailure while the store is away."""

    async def waiting(self, settle: float) -> Sequence[WaitingAudit]:
        """Campaigns that have been over for `settle` seconds and have no audit, the oldest first.

        At most a hundred.
        """
        ...

    async def keep(self, campaign: AuditedCampaign, audit: SignedAudit) -> bool:
        """Keep the audit of the campaign as it was read; the first one stays.

        False where there is one already, or the campaign was changed or cancelled meanwhile.
        """
        ...

    async def differing(self) -> int:
        """How many differences the audits of the last seven days have."""
        ...


class AuditReader(Protocol):
    """Audits as fronts show them."""

    async def audit(self, campaign_id: str) -> SignedAudit | None:
        """That of a campaign; None before there is one."""
        ...
