"""Claims, as the account that made them is told of them."""

from __future__ import annotations

from collections.abc import Container, Iterable

from schemas.records import ClaimRefused, ClaimWaits, CouponIssued
from web.live.events import Body
from web.live.news import AccountNews, News


class CouponPlaceTold(Body, frozen=True, kw_only=True, tag="couponPlace"):
    """A claim of this account is in the log and not decided yet; `ahead` is an estimate."""

    campaign_id: str
    claim_id: str
    place: int | None = None
    ahead: int | None = None


class CouponIssuedTold(Body, frozen=True, kw_only=True, tag="couponIssued"):
    """A claim of this account got a coupon."""

    campaign_id: str
    claim_id: str
    place: int
    coupon_id: str
    valid_until: str


class CouponRefusedTold(Body, frozen=True, kw_only=True, tag="couponRefused"):
    """A claim of this account got none, and never will; `couponId` of who has one already."""

    campaign_id: str
    claim_id: str
    place: int
    code: str
    coupon_id: str | None = None


def placed(record: ClaimWaits, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For whoever claimed."""
    told = CouponPlaceTold(
        campaign_id=record.campaign_id, claim_id=record.request_id, ahead=record.ahead
    )
    return ((record.account_id, told),)


def issued(fact: CouponIssued, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For whoever claimed."""
    told = CouponIssuedTold(
        campaign_id=fact.campaign_id,
        claim_id=fact.claim_id,
        place=fact.place,
        coupon_id=fact.coupon_id,
        valid_until=fact.valid_until,
    )
    return ((fact.account_id, told),)


def refused(fact: ClaimRefused, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For whoever claimed."""
    told = CouponRefusedTold(
        campaign_id=fact.campaign_id,
        claim_id=fact.claim_id,
        place=fact.place,
        code=fact.code,
        coupon_id=fact.coupon_id,
    )
    return ((fact.account_id, told),)


NEWS = News(
    accounts=(
        AccountNews(ClaimWaits, CouponPlaceTold, placed),
        AccountNews(CouponIssued, CouponIssuedTold, issued, fact_no=lambda fact: fact.fact_no),
        AccountNews(ClaimRefused, CouponRefusedTold, refused, fact_no=lambda fact: fact.fact_no),
    ),
)
