"""Campaigns, claims and coupons done again from their facts, which tell everything that is kept.

No claim is judged again: who was eligible was decided by copies as they were then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatstream.domain.coupons.slices import stock_of
from chatstream.domain.partitions import partition_of
from infra.postgres.coupon_ledger import ISSUED, REFUSED, RETURNED, SOLD_OUT, USED
from infra.postgres.pool import Database, Transaction
from schemas import records
from schemas.contexts.coupons import CAMPAIGN, CLAIM

_HEAD = """
insert into lines (topic, partition, head) values (%(topic)s, %(partition)s, %(fact_no)s)
on conflict (topic, partition) do update set head = greatest(lines.head, excluded.head)
"""
_CAMPAIGN_FACT = """
insert into campaign_facts (partition, fact_no, request_id, campaign_id, body)
values (%(partition)s, %(fact_no)s, %(request_id)s::uuid, %(campaign_id)s::uuid, %(body)s)
"""
_CAMPAIGN = """
insert into campaigns (campaign_id, opens_at, closes_at, terms, cancelled_at)
values (%(campaign_id)s::uuid, %(opens_at)s::timestamptz, %(closes_at)s::timestamptz,
    %(terms)s::jsonb, %(cancelled_at)s::timestamptz)
on conflict (campaign_id) do update set opens_at = excluded.opens_at,
    closes_at = excluded.closes_at, terms = excluded.terms, cancelled_at = excluded.cancelled_at
"""
_CLOCKS = """
insert into claim_clocks (partition) select p from unnest(%s::int[]) as p order by p
on conflict do nothing
"""
_ENTER = "insert into accounts (account_id) values (%s::uuid) on conflict do nothing"
_SLICE = """
insert into slices (campaign_id, slice, partition, left_over)
values (%(campaign_id)s::uuid, %(slice)s, %(place)s, %(stock)s)
on conflict (campaign_id, slice) do update
set left_over = case when slices.taken = 0 then excluded.left_over else slices.left_over end
"""
_CLOSE = """
update slices s set closed_after = c.decided from claim_clocks c
where s.campaign_id = %(campaign_id)s::uuid and c.partition = s.partition
"""
# The fact that sells out comes right behind that of the claim which found nothing left.
_CLAIM_FACT = """
insert into claim_facts (partition, fact_no, wish_id, kind, campaign_id, account_id, coupon_id,
    place, record_offset, appended_at, code, body)
select %(partition)s, %(fact_no)s, coalesce(%(request_id)s::uuid, (select wish_id from claim_facts
        where partition = %(partition)s and fact_no = %(fact_no)s - 1)),
    %(kind)s, %(campaign_id)s::uuid, nullif(%(account_id)s, '')::uuid, %(coupon_id)s::uuid,
    %(place)s, %(offset)s, %(appended_at)s::timestamptz, %(code)s, %(body)s
"""
_CLOCK = """
insert into claim_clocks (partition, seen, decided)
values (%(partition)s, %(appended_at)s::timestamptz, %(offset)s + 1)
on conflict (partition) do update set seen = greatest(claim_clocks.seen, excluded.seen),
    decided = greatest(claim_clocks.decided, excluded.decided)
"""
_PLACE = """
update slices set last_place = greatest(last_place, %(place)s), refused = case
    when %(code)s::text is null then refused else jsonb_set(refused, array[%(code)s::text],
        to_jsonb(coalesce((refused ->> %(code)s::text)::int, 0) + 1)) end
where campaign_id = %(campaign_id)s::uuid and partition = %(partition)s
"""
# Of which slice it was taken is not told: of the claim's own as long as that has some.
_TAKE = """
update slices set left_over = left_over - 1, taken = taken + 1
where campaign_id = %(campaign_id)s::uuid and slice = (select slice from slices
    where campaign_id = %(campaign_id)s::uuid and left_over > 0
    order by partition <> %(partition)s, slice limit 1)
"""
_COUPON = """
insert into coupons (coupon_id, campaign_id, slice, claim_id, account_id, place, code, issued_at,
    valid_until)
select %(coupon_id)s::uuid, campaign_id, slice, %(request_id)s::uuid,
    nullif(%(account_id)s, '')::uuid, %(place)s, %(coupon_code)s, %(appended_at)s::timestamptz,
    %(valid_until)s::timestamptz
from slices where campaign_id = %(campaign_id)s::uuid and partition = %(partition)s
"""
_SOLD_OUT = "update campaigns set sold_out = true where campaign_id = %(campaign_id)s::uuid"
_USED = """
update coupons set used_for = %(reference)s, used_at = %(at)s::timestamptz
where coupon_id = %(coupon_id)s::uuid
"""
_RETURNED = """
update coupons set returned_at = %(at)s::timestamptz where coupon_id = %(coupon_id)s::uuid
"""
_KINDS: dict[type, tuple[str, Sequence[str]]] = {
    records.CouponIssued: (ISSUED, (_CLOCK, _PLACE, _TAKE, _COUPON)),
    records.ClaimRefused: (REFUSED, (_CLOCK, _PLACE)),
    records.CampaignSoldOut: (SOLD_OUT, (_SOLD_OUT,)),
    records.CouponUsed: (USED, (_USED,)),
    records.CouponReturned: (RETURNED, (_RETURNED,)),
}
_COLUMNS = (
    "request_id",
    "account_id",
    "coupon_id",
    "coupon_code",
    "place",
    "offset",
    "appended_at",
    "valid_until",
    "code",
    "reference",
)


class PostgresCouponRedo:
    """Does again what facts tell; the claims' topic has so many `partitions`."""

    def __init__(self, database: Database, partitions: int) -> None:
        self._database = database
        self._partitions = partitions

    async def redo(self, topic: str, told: Sequence[tuple[int, Any]]) -> set[tuple[int, int]]:
        """Keep facts of one topic, each with its partition, in one transaction; their numbers."""
        async with self._database.transaction() as transaction:
            for partition, record in told:
                values = {"topic": topic, "partition": partition, "fact_no": record.fact_no}
                if topic == CAMPAIGN.response.name:
                    await self._campaign(transaction, record, values)
                elif topic == CLAIM.response.name:
                    await _claim(transaction, record, values)
                await transaction.fetch(_HEAD, values)
        return {(partition, record.fact_no) for partition, record in told}

    async def _campaign(
        self, transaction: Transaction, fact: records.CampaignFact, values: dict[str, Any]
    ) -> None:
        terms = records.terms_of(fact.terms)
        values |= {
            "request_id": fact.request_id,
            "campaign_id": fact.campaign_id,
            "body": records.encode(fact).decode(),
            "opens_at": terms.opens_at,
            "closes_at": terms.closes_at,
            "terms": records.encode_terms(terms),
            "cancelled_at": fact.cancelled_at,
        }
        await transaction.fetch(_CLOCKS, (list(range(self._partitions)),))
        await transaction.fetch(_CAMPAIGN_FACT, values)
        await transaction.fetch(_CAMPAIGN, values)
        home = partition_of(fact.campaign_id, self._partitions)
        for number, stock in enumerate(stock_of(terms.stock, terms.partitions)):
            place = (home + number) % self._partitions
            await transaction.fetch(
                _SLICE, values | {"slice": number, "place": place, "stock": stock}
            )
        if fact.cancelled_at is not None:
            await transaction.fetch(_CLOSE, values)


async def _claim(transaction: Transaction, fact: Any, values: dict[str, Any]) -> None:
    kind, statements = _KINDS[type(fact)]
    values |= {name: getattr(fact, name, None) for name in _COLUMNS}
    values |= {
        "kind": kind,
        "campaign_id": fact.campaign_id,
        "at": fact.at,
        "body": records.encode(fact).decode(),
    }
    if values["account_id"]:
        await transaction.fetch(_ENTER, (values["account_id"],))
    for statement in (_CLAIM_FACT, *statements):
        await transaction.fetch(statement, values)
