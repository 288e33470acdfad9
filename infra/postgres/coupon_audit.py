"""A campaign as an audit reads it: its terms, what was kept of its claims, its coupons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from chatstream.domain.coupons.audit import Close, KeptClaim, LoggedClaim
from chatstream.ports.coupon_audits import AuditedCampaign
from infra.postgres.claim_grounds import terms_in
from infra.postgres.coupon_ledger import SOLD_OUT
from infra.postgres.pool import Database

_CAMPAIGN = """
select terms::text, cancelled_at, extract(epoch from clock_timestamp()
    - least(cancelled_at, closes_at))::float8
from campaigns where campaign_id = %s::uuid
"""
_SLICES = """
select partition, closed_after from slices where campaign_id = %s::uuid order by slice
"""
_DECIDED = "select decided from claim_clocks where partition = %s"
_KEPT = """
select partition, record_offset, wish_id::text, coalesce(code, kind), place, appended_at
from claim_facts
where campaign_id = %(id)s::uuid and partition = %(partition)s and place > %(after)s
    and (%(before)s::bigint is null or record_offset < %(before)s)
order by place limit %(limit)s
"""
_FACTS = f"""
select wish_id::text, campaign_id = %s::uuid and place is not null, partition, record_offset
from claim_facts where wish_id = any (%s::uuid[]) and kind <> '{SOLD_OUT}'
"""
_BARE = """
select c from unnest(%s::uuid[]) as c
where not exists (select from coupons p where p.claim_id = c)
"""
_COUPONS = "select count(*)::int from coupons where campaign_id = %s::uuid"


class PostgresAuditRows:
    """ports.coupon_audits.AuditRows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def campaign(self, campaign_id: str) -> AuditedCampaign | None:
        """See ports.coupon_audits.AuditRows."""
        found = await self._database.fetch(_CAMPAIGN, (campaign_id,))
        if not found:
            return None
        terms, cancelled_at, over_for = found[0]
        slices = await self._database.fetch(_SLICES, (campaign_id,))
        closed = {partition: after for partition, after in slices if after is not None}
        return AuditedCampaign(
            campaign_id=campaign_id,
            close=Close(terms_in(terms), closed if cancelled_at is not None else {}),
            cancelled_at=cancelled_at,
            partitions=sorted(partition for partition, _ in slices),
            over_for=over_for,
        )

    async def decided(self, partition: int) -> int:
        """See ports.coupon_audits.AuditRows."""
        found = await self._database.fetch(_DECIDED, (partition,))
        return int(found[0][0]) if found else 0

    async def kept(
        self, campaign_id: str, partition: int, after: int, before: int | None, limit: int
    ) -> Sequence[KeptClaim]:
        """See ports.coupon_audits.AuditRows."""
        asked = {"id": campaign_id, "partition": partition, "after": after, "before": before}
        rows = await self._database.fetch(_KEPT, asked | {"limit": limit})
        return [KeptClaim(*row) for row in rows]

    async def answered(self, campaign_id: str, claims: Sequence[LoggedClaim]) -> Collection[str]:
        """See ports.coupon_audits.AuditRows."""
        ids = sorted({each.claim_id for each in claims})
        facts = defaultdict(list)
        for claim_id, *fact in await self._database.fetch(_FACTS, (campaign_id, ids)):
            facts[claim_id].append(fact)
        return {
            each.claim_id
            for each in claims
            for is_own, partition, offset in facts[each.claim_id]
            if not is_own or partition != each.partition or offset < each.offset
        }

    async def without_coupon(self, claim_ids: Sequence[str]) -> Collection[str]:
        """See ports.coupon_audits.AuditRows."""
        rows = await self._database.fetch(_BARE, (list(claim_ids),))
        return [str(claim_id) for (claim_id,) in rows]

    async def coupons(self, campaign_id: str) -> int:
        """See ports.coupon_audits.AuditRows."""
        return int((await self._database.fetch(_COUPONS, (campaign_id,)))[0][0])
