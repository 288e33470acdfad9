"""The write side of campaigns: hold the clocks and slices of each, decide, write.

Whoever holds the clocks of a campaign's partitions decides while no claim is decided there, so that
what was seen of the claims is all that will ever have been decided under the former terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatstream.domain.coupons import campaigns as rules
from chatstream.domain.coupons.campaigns import HeldCampaign
from chatstream.domain.coupons.claims import ClaimClock
from chatstream.domain.coupons.slices import stock_of
from chatstream.domain.coupons.terms import Terms
from chatstream.domain.decisions import Accept, Decision, Refuse
from chatstream.domain.lines import Fact, in_fact_order
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import to_text
from chatstream.ports.coupons import CampaignAct, CouponAnswer, OperatorWish
from infra.postgres.claim_grounds import lock_clocks, terms_in
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.pool import Database
from schemas import records

_FACTS = FactTable(
    "campaign_facts", identity=("request_id",), columns={"campaign_id": "uuid", "body": "text"}
)
_CAMPAIGN = (
    "select terms::text, cancelled_at is not null from campaigns where campaign_id = %s::uuid"
)
_LOCK_SLICES = """
select partition from slices where campaign_id = %s::uuid order by slice for no key update
"""
_CREATE = """
insert into campaigns (campaign_id, opens_at, closes_at, terms)
values (%s::uuid, %s, %s, %s::jsonb)
"""
_CHANGE = """
update campaigns set opens_at = %s, closes_at = %s, terms = %s::jsonb where campaign_id = %s::uuid
"""
_CANCEL = "update campaigns set cancelled_at = %s where campaign_id = %s::uuid"
_CLOSE = """
update slices s set closed_after = c.decided from claim_clocks c
where s.campaign_id = %s::uuid and c.partition = s.partition
"""
_SLICES = """
insert into slices (campaign_id, slice, partition, left_over)
select %s::uuid, s, p, l from unnest(%s::int[], %s::int[], %s::int[]) as t (s, p, l)
on conflict (campaign_id, slice) do update set left_over = excluded.left_over
"""
_KINDS: dict[CampaignAct, type[records.CampaignFact]] = {
    CampaignAct.CREATE: records.CampaignCreated,
    CampaignAct.CHANGE: records.CampaignChanged,
    CampaignAct.CANCEL: records.CampaignCancelled,
}


class PostgresCampaigns:
    """ports.coupons.CampaignStore; the claims' topic has so many `partitions`."""

    def __init__(self, database: Database, lines: LineEpochs, partitions: int) -> None:
        self._line = FactLine(database, lines, _FACTS)
        self._partitions = partitions

    async def carry_out(
        self, generation: int | None, wishes: Sequence[OperatorWish]
    ) -> Sequence[CouponAnswer]:
        """See ports.coupons.CampaignStore."""
        async with self._line.batch(generation, wishes) as batch:
            clocks = await lock_clocks(batch, range(self._partitions))
            answers = [
                await self._outcome(batch, clocks, index, wish) for index, wish in enumerate(wishes)
            ]
        return in_fact_order(answers)

    async def _outcome(
        self, batch: LineBatch, clocks: Mapping[int, ClaimClock], index: int, wish: OperatorWish
    ) -> CouponAnswer:
        if former := batch.former.get(wish.identity):
            return _told(index, former[0])
        held = await self._held(batch, clocks, wish)
        decision = batch.settled.uphold(wish, _decide(batch, held, wish, self._partitions))
        if not isinstance(decision, Accept):
            return CouponAnswer(index, None, records.encode(_unmoved(batch, wish, decision)))
        (terms,) = decision.changes
        await self._write(batch, held, wish, terms)
        body = _KINDS[wish.act](
            request_id=wish.request_id,
            account_id=wish.account_id,
            fact_no=batch.heads[wish.partition] + 1,
            campaign_id=wish.campaign_id,
            terms=records.told_terms(terms),
            cancelled_at=to_text(batch.now) if wish.act is CampaignAct.CANCEL else None,
            at=to_text(batch.now),
        )
        fact = batch.add(wish, campaign_id=wish.campaign_id, body=records.encode(body).decode())
        return _told(index, fact)

    async def _held(
        self, batch: LineBatch, clocks: Mapping[int, ClaimClock], wish: OperatorWish
    ) -> HeldCampaign:
        rows = await batch.fetch(_CAMPAIGN, (wish.campaign_id,))
        terms = terms_in(rows[0][0]) if rows else None
        of = terms or wish.terms
        places = () if of is None else self._places(wish.campaign_id, of)
        seen = max((clocks[each].seen for each in places), default=None)
        return HeldCampaign(terms, bool(rows and rows[0][1]), seen)

    def _places(self, campaign_id: str, terms: Terms) -> list[int]:
        """The partitions of a campaign's slices, in the order of those."""
        home = partition_of(campaign_id, self._partitions)
        return [(home + each) % self._partitions for each in range(terms.partitions)]

    async def _write(
        self, batch: LineBatch, held: HeldCampaign, wish: OperatorWish, terms: Terms
    ) -> None:
        await batch.fetch(_LOCK_SLICES, (wish.campaign_id,))
        told = records.encode_terms(terms)
        if wish.act is CampaignAct.CANCEL:
            await batch.fetch(_CANCEL, (batch.now, wish.campaign_id))
            await batch.fetch(_CLOSE, (wish.campaign_id,))
            return
        if wish.act is CampaignAct.CREATE:
            row: tuple[Any, ...] = (wish.campaign_id, terms.opens_at, terms.closes_at, told)
            await batch.fetch(_CREATE, row)
        else:
            row = (terms.opens_at, terms.closes_at, told, wish.campaign_id)
            await batch.fetch(_CHANGE, row)
        if held.terms is None or held.terms.stock != terms.stock:
            stock = list(stock_of(terms.stock, terms.partitions))
            places = self._places(wish.campaign_id, terms)
            await batch.fetch(_SLICES, (wish.campaign_id, list(range(len(stock))), places, stock))


def _decide(
    batch: LineBatch, held: HeldCampaign, wish: OperatorWish, partitions: int
) -> Decision[Terms]:
    if wish.act is CampaignAct.CREATE and wish.terms is not None:
        return rules.decide_create(held, wish.terms, partitions)
    if wish.act is CampaignAct.CHANGE:
        return rules.decide_change(held, wish.changes or {}, batch.now, partitions)
    return rules.decide_cancel(held)


def _told(index: int, fact: Fact) -> CouponAnswer:
    return CouponAnswer(index, fact.fact_no, fact.values["body"].encode())


def _unmoved(
    batch: LineBatch, wish: OperatorWish, decision: Decision[Terms]
) -> records.CampaignUnchanged | records.CampaignRefused:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "campaign_id": wish.campaign_id,
        "at": to_text(batch.now),
    }
    if not isinstance(decision, Refuse):
        return records.CampaignUnchanged(**base)
    return records.CampaignRefused(**base, code=str(decision.code), reason=decision.reason)
