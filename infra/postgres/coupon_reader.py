"""Campaigns, claims and coupons as fronts show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chatstream.domain.cursors import CursorShape, identity, moment
from chatstream.ports.coupons import Campaign, Claim, Coupon, Live
from infra.postgres.claim_grounds import terms_in
from infra.postgres.pool import Database

# As chatstream.domain.coupons.campaigns.state_of.
_CAMPAIGN_STATE = """
case when c.cancelled_at is not null then 'cancelled' when %(now)s >= c.closes_at then 'closed'
    when c.sold_out then 'soldOut' when %(now)s >= c.opens_at then 'open' else 'scheduled' end
"""
_CAMPAIGN = """
select c.campaign_id::text, c.terms::text, (select coalesce(sum(s.taken), 0)::int from slices s
    where s.campaign_id = c.campaign_id), c.sold_out, c.cancelled_at, c.opens_at
from campaigns c
"""
_CAMPAIGNS = f"""{_CAMPAIGN}
where (%(state)s::text is null or {_CAMPAIGN_STATE} = %(state)s)
    and (%(id)s::uuid is null or c.opens_at < %(at)s::timestamptz
        or (c.opens_at = %(at)s::timestamptz and c.campaign_id > %(id)s::uuid))
order by c.opens_at desc, c.campaign_id limit %(limit)s
"""
_ONE_CAMPAIGN = f"{_CAMPAIGN} where c.campaign_id = %s::uuid"
_CLAIM = """
select f.wish_id::text, f.campaign_id::text, f.partition, f.place, f.coupon_id::text, p.code,
    f.code, case when f.code is null then '' else f.body::jsonb ->> 'reason' end
from claim_facts f left join coupons p on p.claim_id = f.wish_id
where f.place is not null and f.account_id = %(account)s::uuid
"""
_BY_ID = f"{_CLAIM} and f.wish_id = %(id)s::uuid"
_IN_CAMPAIGN = f"""{_CLAIM} and f.campaign_id = %(id)s::uuid
order by f.code is null desc, f.place desc limit 1
"""
_CLAIMANTS = """
select distinct account_id::text from claim_facts
where campaign_id = %(id)s::uuid and place is not null and account_id is not null
    and (%(after)s::uuid is null or account_id > %(after)s::uuid)
order by account_id::text limit %(limit)s
"""
# As chatstream.domain.coupons.uses.HeldCoupon.state.
_COUPON_STATE = """
case when p.used_for is not null then 'used' when p.returned_at is not null then 'returned'
    when p.cancelled_at is not null
        or (c.cancelled_at is not null and not (c.terms ->> 'cancelKeeps')::boolean)
    then 'cancelled' when %(now)s < p.valid_until then 'usable' else 'expired' end
"""
_COUPON = f"""
select p.coupon_id::text, p.campaign_id::text, p.slice, p.account_id::text, c.terms::text, p.code,
    p.issued_at, p.valid_until, {_COUPON_STATE}
from coupons p join campaigns c on c.campaign_id = p.campaign_id
"""
_COUPONS = f"""{_COUPON}
where p.account_id = %(account)s::uuid
    and (%(state)s::text is null or {_COUPON_STATE} = %(state)s)
    and (%(id)s::uuid is null
        or (p.issued_at, p.coupon_id) < (%(at)s::timestamptz, %(id)s::uuid))
order by p.issued_at desc, p.coupon_id desc limit %(limit)s
"""
_ONE_COUPON = f"{_COUPON} where p.coupon_id = %(id)s::uuid"
_BY_CODE = f"{_COUPON} where p.code = %(code)s"
_LIVE = """
select coalesce(sum(s.taken), 0)::int, coalesce(sum(s.left_over), 0)::int from slices s
where s.campaign_id = %s::uuid having count(*) > 0
"""
_REFUSED = """
select key, sum(value::int)::int from slices, jsonb_each_text(refused)
where campaign_id = %s::uuid group by key
"""
_DECIDED = """
select s.partition, coalesce(c.decided, 0) from slices s
left join claim_clocks c on c.partition = s.partition where s.campaign_id = %s::uuid
"""
_CAMPAIGNS_CURSOR = CursorShape("campaigns", moment, identity)
_COUPONS_CURSOR = CursorShape("coupons", moment, identity)


class PostgresCouponReader:
    """ports.coupons.CouponReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def campaigns(
        self, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Campaign], str | None]:
        """See ports.coupons.CouponReader."""
        at, campaign_id = _CAMPAIGNS_CURSOR.place(cursor)
        asked = {"state": state, "now": now, "at": at, "id": campaign_id, "limit": limit + 1}
        rows = await self._database.fetch(_CAMPAIGNS, asked)
        last = rows[limit - 1] if len(rows) > limit else None
        after = None if last is None else _CAMPAIGNS_CURSOR.encode(last[5], last[0])
        return [_campaign(row) for row in rows[:limit]], after

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """See ports.coupons.CouponReader."""
        rows = await self._database.fetch(_ONE_CAMPAIGN, (campaign_id,))
        return _campaign(rows[0]) if rows else None

    async def claim(self, claim_id: str, account_id: str) -> Claim | None:
        """See ports.coupons.CouponReader."""
        return await self._claim(_BY_ID, claim_id, account_id)

    async def claim_in(self, campaign_id: str, account_id: str) -> Claim | None:
        """See ports.coupons.CouponReader."""
        return await self._claim(_IN_CAMPAIGN, campaign_id, account_id)

    async def _claim(self, sql: str, its_id: str, account_id: str) -> Claim | None:
        rows = await self._database.fetch(sql, {"id": its_id, "account": account_id})
        if not rows:
            return None
        claim_id, campaign_id, partition, place, coupon_id, coupon_code, code, reason = rows[0]
        return Claim(
            claim_id=claim_id,
            campaign_id=campaign_id,
            partition=partition,
            place=place,
            coupon_id=coupon_id,
            coupon_code=coupon_code,
            code=code,
            reason=reason,
        )

    async def claimants(
        self, campaign_id: str, after: str | None, limit: int
    ) -> tuple[Sequence[str], str | None]:
        """See ports.coupons.CouponReader."""
        asked = {"id": campaign_id, "after": after, "limit": limit + 1}
        found = [account_id for (account_id,) in await self._database.fetch(_CLAIMANTS, asked)]
        return found[:limit], found[limit - 1] if len(found) > limit else None

    async def coupons(
        self, account_id: str, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Coupon], str | None]:
        """See ports.coupons.CouponReader."""
        at, coupon_id = _COUPONS_CURSOR.place(cursor)
        asked = {"account": account_id, "state": state, "now": now, "at": at, "id": coupon_id}
        rows = await self._database.fetch(_COUPONS, asked | {"limit": limit + 1})
        found = [_coupon(row) for row in rows[:limit]]
        if len(rows) <= limit:
            return found, None
        return found, _COUPONS_CURSOR.encode(found[-1].issued_at, found[-1].coupon_id)

    async def coupon(self, coupon_id: str, now: datetime) -> Coupon | None:
        """See ports.coupons.CouponReader."""
        rows = await self._database.fetch(_ONE_COUPON, {"id": coupon_id, "now": now})
        return _coupon(rows[0]) if rows else None

    async def coupon_by_code(self, code: str, now: datetime) -> Coupon | None:
        """See ports.coupons.CouponReader."""
        rows = await self._database.fetch(_BY_CODE, {"code": code, "now": now})
        return _coupon(rows[0]) if rows else None

    async def live(self, campaign_id: str) -> Live | None:
        """See ports.coupons.CouponReader."""
        rows = await self._database.fetch(_LIVE, (campaign_id,))
        if not rows:
            return None
        refused = dict(await self._database.fetch(_REFUSED, (campaign_id,)))
        return Live(issued=rows[0][0], left=rows[0][1], refused=refused)

    async def decided(self, campaign_id: str) -> Mapping[int, int]:
        """See ports.coupons.CouponReader."""
        return dict(await self._database.fetch(_DECIDED, (campaign_id,)))


def _campaign(row: Sequence[Any]) -> Campaign:
    campaign_id, terms, issued, is_sold_out, cancelled_at, _ = row
    return Campaign(
        campaign_id=campaign_id,
        terms=terms_in(terms),
        issued=issued,
        sold_out=is_sold_out,
        cancelled_at=cancelled_at,
    )


def _coupon(row: Sequence[Any]) -> Coupon:
    coupon_id, campaign_id, number, account_id, terms, code, issued_at, valid_until, state = row
    its = terms_in(terms)
    return Coupon(
        coupon_id=coupon_id,
        campaign_id=campaign_id,
        slice=number,
        account_id=account_id,
        title=its.title,
        benefit_kind=its.benefit.kind,
        benefit_value=its.benefit.value,
        benefit_text=its.benefit.text,
        code=code,
        issued_at=issued_at,
        valid_until=valid_until,
        state=state,
    )
