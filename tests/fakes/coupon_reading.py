"""The read side of coupons in memory, and a campaign to begin with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from chatstream.domain.coupons.terms import Benefit, Terms
from chatstream.errors import invalid
from chatstream.ports.coupons import Campaign, Claim, Coupon, Live

T = TypeVar("T")

OPENS = datetime(2026, 12, 1, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=1)
CAMPAIGN_ID = "0199c0de-0000-7000-8000-00000000000c"

TERMS = Terms(
    title="Winter coffee",
    benefit=Benefit("amount", 3000, "off any drink"),
    stock=100,
    opens_at=OPENS,
    closes_at=CLOSES,
    valid_days=30,
)


def campaign_of(campaign_id: str = CAMPAIGN_ID, **terms: Any) -> Campaign:
    """A campaign nobody has claimed in."""
    return Campaign(
        campaign_id=campaign_id, terms=replace(TERMS, **terms), issued=0, sold_out=False
    )


@dataclass
class FakeCoupons:
    """A read side that shows what it is given; while `held` is set reads wait.

    `fault` is what they raise, `fault_of` what one kind of read does.
    """

    known: dict[str, Campaign] = field(default_factory=dict)
    claims: list[tuple[str, Claim]] = field(default_factory=list)
    held_coupons: list[Coupon] = field(default_factory=list)
    numbers: dict[str, Live] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    held: asyncio.Event | None = None
    fault: Exception | None = None
    fault_of: dict[str, Exception] = field(default_factory=dict)

    async def _read(self, what: str) -> None:
        self.reads.append(what)
        if self.held is not None:
            await self.held.wait()
        fault = self.fault or self.fault_of.get(what)
        if fault is not None:
            raise fault

    async def campaigns(
        self, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Campaign], str | None]:
        """All of them, whatever their state; the cursor is a number."""
        await self._read("campaigns")
        return _page(list(self.known.values()), cursor, limit)

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """See CouponReader."""
        await self._read(f"campaign {campaign_id}")
        return self.known.get(campaign_id)

    async def claim(self, claim_id: str, account_id: str) -> Claim | None:
        """See CouponReader."""
        await self._read("claim")
        own = (claim for account, claim in self.claims if account == account_id)
        return next((claim for claim in own if claim.claim_id == claim_id), None)

    async def claim_in(self, campaign_id: str, account_id: str) -> Claim | None:
        """See CouponReader."""
        await self._read("claim in")
        own = [
            claim
            for account, claim in self.claims
            if account == account_id and claim.campaign_id == campaign_id
        ]
        return max(own, key=lambda claim: claim.code is None, default=None)

    async def claimants(
        self, campaign_id: str, after: str | None, limit: int
    ) -> tuple[Sequence[str], str | None]:
        """See CouponReader."""
        await self._read("claimants")
        accounts = sorted({who for who, claim in self.claims if claim.campaign_id == campaign_id})
        rest = [who for who in accounts if after is None or who > after]
        page = rest[:limit]
        return page, page[-1] if len(rest) > limit else None

    async def coupons(
        self, account_id: str, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Coupon], str | None]:
        """See CouponReader; the cursor is a number."""
        await self._read("coupons")
        own = [
            each
            for each in self.held_coupons
            if each.account_id == account_id and state in (None, each.state)
        ]
        return _page(own, cursor, limit)

    async def coupon(self, coupon_id: str, now: datetime) -> Coupon | None:
        """See CouponReader."""
        await self._read("coupon")
        return next((each for each in self.held_coupons if each.coupon_id == coupon_id), None)

    async def coupon_by_code(self, code: str, now: datetime) -> Coupon | None:
        """See CouponReader."""
        await self._read("coupon by code")
        return next((each for each in self.held_coupons if each.code == code), None)

    async def live(self, campaign_id: str) -> Live | None:
        """See CouponReader."""
        await self._read("live")
        return self.numbers.get(campaign_id)

    async def decided(self, campaign_id: str) -> Mapping[int, int]:
        """See CouponReader."""
        await self._read("decided")
        return self.offsets


def _page(found: Sequence[T], cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    if cursor is not None and not cursor.isdecimal():
        raise invalid("cursor", "is not one that this list gave")
    start = int(cursor or 0)
    page = found[start : start + limit]
    return page, str(start + limit) if len(found) > start + limit else None
