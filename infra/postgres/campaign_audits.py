"""The audits of campaigns, kept as they were made at the close."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from chatstream.ports.coupon_audits import AuditedCampaign, SignedAudit, WaitingAudit
from infra.postgres.pool import Database

_WAITING = """
select c.campaign_id::text, o.over_for from campaigns c cross join lateral (
    select extract(epoch from clock_timestamp() - least(c.cancelled_at, c.closes_at))::float8
        as over_for) o
where o.over_for >= %s
    and not exists (select from campaign_audits a where a.campaign_id = c.campaign_id)
order by o.over_for desc limit 100
"""
# Nothing is kept of a campaign that is not as it was read.
_KEEP = """
insert into campaign_audits (campaign_id, claims, issued, digest, kid, signature, difference_count,
    differences)
select c.campaign_id, %(claims)s, %(issued)s, %(digest)s, %(kid)s, %(signature)s, %(count)s,
    %(differences)s::jsonb
from campaigns c
where c.campaign_id = %(id)s::uuid and (c.terms ->> 'closesAt')::timestamptz = %(closes_at)s
    and c.cancelled_at is not distinct from %(cancelled_at)s::timestamptz
on conflict (campaign_id) do nothing returning 1
"""
_DIFFERING = """
select coalesce(sum(difference_count), 0)::int from campaign_audits
where difference_count > 0 and audited_at > clock_timestamp() - interval '7 days'
"""
_AUDIT = """
select claims, issued, digest, kid, signature, difference_count, differences::text, audited_at
from campaign_audits where campaign_id = %s::uuid
"""


class PostgresAudits:
    """ports.coupon_audits.AuditStore and AuditReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, settle: float) -> Sequence[WaitingAudit]:
        """See ports.coupon_audits.AuditStore."""
        return [WaitingAudit(*row) for row in await self._database.fetch(_WAITING, (settle,))]

    async def keep(self, campaign: AuditedCampaign, audit: SignedAudit) -> bool:
        """See ports.coupon_audits.AuditStore."""
        row = {
            "id": audit.campaign_id,
            "claims": audit.claims,
            "issued": audit.issued,
            "digest": audit.digest,
            "kid": audit.kid,
            "signature": audit.signature,
            "count": audit.difference_count,
            "differences": orjson.dumps(list(audit.differences)).decode(),
            "closes_at": campaign.close.terms.closes_at,
            "cancelled_at": campaign.cancelled_at,
        }
        return bool(await self._database.fetch(_KEEP, row))

    async def differing(self) -> int:
        """See ports.coupon_audits.AuditStore."""
        return int((await self._database.fetch(_DIFFERING))[0][0])

    async def audit(self, campaign_id: str) -> SignedAudit | None:
        """See ports.coupon_audits.AuditReader."""
        rows = await self._database.fetch(_AUDIT, (campaign_id,))
        if not rows:
            return None
        claims, issued, digest, kid, signature, count, differences, audited_at = rows[0]
        return SignedAudit(
            campaign_id=campaign_id,
            claims=claims,
            issued=issued,
            digest=digest,
            kid=kid,
            signature=signature,
            difference_count=count,
            differences=tuple(orjson.loads(differences)),
            audited_at=audited_at,
        )
