"""An erased account's rows in the coupon database: nothing names it any more."""

from __future__ import annotations

from collections.abc import Mapping

from infra.postgres.coupon_copies import TOMBSTONE
from infra.postgres.pool import Database, Transaction

# Before the facts: who decides about a coupon holds its row, and has written when it lets go.
_COUPONS = """
update coupons p set account_id = null,
    cancelled_at = case when (c.terms ->> 'erasedKeep')::boolean then p.cancelled_at
        else coalesce(p.cancelled_at, clock_timestamp()) end
from campaigns c where c.campaign_id = p.campaign_id and p.account_id = %(id)s::uuid
returning p.coupon_id::text
"""
# By what it is called in the receipt; `id` is the account's, `coupons` are those it had.
_OWN = {
    "claims": """
        update claim_facts set account_id = null, body = replace(body, %(id)s, '')
        where account_id = %(id)s::uuid returning 1
    """,
    "uses of coupons": """
        update claim_facts set body = replace(body, %(id)s, '')
        where coupon_id = any (%(coupons)s::uuid[]) and position(%(id)s in body) > 0 returning 1
    """,
    "campaigns": """
        update campaign_facts set body = replace(body, %(id)s, '')
        where position(%(id)s in body) > 0 returning 1
    """,
    "mutes": "delete from mutes where account_id = %(id)s::uuid returning 1",
}


class PostgresCouponEraser:
    """ports.coupons.CouponEraser."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """See ports.coupons.CouponEraser."""

        async def work(transaction: Transaction) -> Mapping[str, int]:
            # Waits for the batches that decide about the account; those after it see the tombstone.
            await transaction.fetch(TOMBSTONE, ([account_id],))
            values = {"id": account_id}
            had = [coupon for (coupon,) in await transaction.fetch(_COUPONS, values)]
            return {"coupons": len(had)} | {
                kind: len(await transaction.fetch(statement, {**values, "coupons": had}))
                for kind, statement in _OWN.items()
            }

        return await self._database.in_transaction(work)
