"""Every campaign is audited by itself once it is over, by one worker of the service."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.domain.coupons.audit import CampaignAudit
from chatstream.ports.coupon_audits import (
    AuditedCampaign,
    AuditRows,
    AuditStore,
    SignedAudit,
    WaitingAudit,
)
from infra.faust.app import ChatStreamApp
from schemas.contexts.coupons import CLAIM

log = logging.getLogger(__name__)

DIFFERENCES = Gauge(
    "chatstream_coupon_audit_differences",
    "what the audits of campaigns found in the last seven days",
)
AUDITS = Counter("chatstream_coupon_audits", "campaigns that were audited at their close")
OVERDUE = Gauge(
    "chatstream_coupon_audit_overdue_seconds",
    "how long the oldest campaign without an audit has been over",
)

Sign = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""See infra.security.statements.sign; raises TransientFailure without a key."""
Examine = Callable[[AuditedCampaign], Awaitable[CampaignAudit | None]]
"""See agents.coupons.examining.CampaignExaminer."""


@dataclass(frozen=True)
class AuditPorts:
    """What the audits need; `is_ours`: this worker is the one that makes them."""

    campaign: Callable[[str], Awaitable[AuditedCampaign | None]]
    audits: AuditStore
    examine: Examine
    sign: Sign
    is_ours: Callable[[], bool]


class CampaignAudits(PeriodicCheck):
    """Audits what is over every `interval` seconds (0: never), in the worker whose it is.

    A campaign is looked at when it has been over for `settle` seconds: by then no clock of a broker
    takes a claim for one that came before. One whose claims are not all decided waits.
    """

    what = "campaigns were"

    def __init__(self, ports: AuditPorts, interval: float, settle: float = 0.0) -> None:
        super().__init__(interval)
        self._ports = ports
        self._settle = settle

    async def check(self) -> None:
        """Audit every campaign that waits for it; nothing in a worker that is not to."""
        if not self._ports.is_ours():
            self._forget()
            return
        waiting = await self._ports.audits.waiting(self._settle)
        self._measure(waiting, await self._ports.audits.differing())
        for each in waiting:
            if not self._ports.is_ours():
                return
            await self._audit(each.campaign_id)
        if waiting:
            left = await self._ports.audits.waiting(self._settle)
            self._measure(left, await self._ports.audits.differing())

    async def _audit(self, campaign_id: str) -> None:
        campaign = await self._ports.campaign(campaign_id)
        found = None if campaign is None else await self._ports.examine(campaign)
        if campaign is None or found is None:
            return
        signed = self._ports.sign(found.statement(campaign_id))
        audit = SignedAudit(
            campaign_id=campaign_id,
            claims=found.claims,
            issued=found.issued,
            digest=str(signed["digest"]),
            kid=str(signed["kid"]),
            signature=str(signed["signature"]),
            difference_count=found.count,
            differences=tuple(found.found),
        )
        if await self._ports.audits.keep(campaign, audit):
            AUDITS.inc()
            for each in found.found[:10]:
                log.error("the campaign %s differs from the log: %s", campaign_id, each)

    def _measure(self, waiting: Sequence[WaitingAudit], differences: int) -> None:
        OVERDUE.set(max((each.over_for for each in waiting), default=0.0))
        DIFFERENCES.set(differences)

    def _forget(self) -> None:
        """Another worker tells it."""
        OVERDUE.set(0)
        DIFFERENCES.set(0)


def register(
    app: ChatStreamApp, rows: AuditRows, audits: AuditStore, examine: Examine, sign: Sign
) -> None:
    """Run it in a coupon worker; it is his who reads the first partition of the claims."""
    settings = app.chatstream.coupons
    is_ours = partial(app.leads, CLAIM.request.name)
    ports = AuditPorts(rows.campaign, audits, examine, sign, is_ours)
    app.run_beside(CampaignAudits(ports, settings.audit_interval, settings.audit_settle))
