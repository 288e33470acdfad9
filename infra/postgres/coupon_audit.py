"""A campaign as an audit reads it: its terms, what was kept of its claims, its coupons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatstream.domain.coupons.audit import ISSUED, KeptClaim
from chatstream.domain.coupons.terms import Terms
from infra.postgres.claim_grounds import terms_in
from infra.postgres.pool import Database

_CAMPAIGN = "select terms::text, cancelled_at from campaigns where campaign_id = %s::uuid"
_SLICES = """
select partition, closed_after from slices where campaign_id = %s::uuid order by slice
"""
_KEPT = """
select partition, record_offset, wish_id::text, coalesce(code, kind), place from claim_facts
where campaign_id = %s::uuid and place is not null order by partition, place
"""
_COUPONS = "select claim_id::text from coupons where campaign_id = %s::uuid"
_KNOWN = """
select distinct wish_id::text from claim_facts
where wish_id = any (%s::uuid[]) and (campaign_id <> %s::uuid or place is null)
"""


@dataclass(frozen=True, slots=True)
class KeptCampaign:
    """What the database has of a campaign; `closed_after` by partition, None: not cancelled."""

    terms: Terms
    cancelled_at: datetime | None
    closed_after: Mapping[int, int | None]
    kept: Sequence[KeptClaim]
    coupons: Collection[str]

    def missing(self) -> list[str]:
        """Claims that got a coupon which is not there, and coupons that no claim got."""
        issued = {each.claim_id for each in self.kept if each.outcome == ISSUED}
        coupons = set(self.coupons)
        return [
            *(f"{each} got a coupon that is not there" for each in sorted(issued - coupons)),
            *(f"{each} has a coupon that it did not get" for each in sorted(coupons - issued)),
        ]


class PostgresAuditRows:
    """Reads campaigns for audits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def campaign(self, campaign_id: str) -> KeptCampaign | None:
        """One campaign; None where there is none."""
        found = await self._database.fetch(_CAMPAIGN, (campaign_id,))
        if not found:
            return None
        slices = await self._database.fetch(_SLICES, (campaign_id,))
        kept = await self._database.fetch(_KEPT, (campaign_id,))
        coupons = await self._database.fetch(_COUPONS, (campaign_id,))
        return KeptCampaign(
            terms=terms_in(found[0][0]),
            cancelled_at=found[0][1],
            closed_after=dict(slices),
            kept=[KeptClaim(*row) for row in kept],
            coupons=[claim_id for (claim_id,) in coupons],
        )

    async def elsewhere(self, campaign_id: str, claim_ids: Sequence[str]) -> set[str]:
        """Those of the ids that are another campaign's claim's or another wish's."""
        rows = await self._database.fetch(_KNOWN, (list(claim_ids), campaign_id))
        return {claim_id for (claim_id,) in rows}
