"""Campaigns, claims and coupons as the HTTP interface takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from chatstream.domain.coupons.campaigns import CampaignState, state_of
from chatstream.domain.coupons.terms import (
    OLDEST,
    PER_ACCOUNT_LIMIT,
    PROOF_LIMIT,
    STOCK_LIMIT,
    TEXT_LIMIT,
    TITLE_LIMIT,
)
from chatstream.domain.coupons.uses import REFERENCE_LIMIT, CouponState
from chatstream.domain.times import to_text
from chatstream.ports.coupons import Campaign, Claim, Coupon
from web.edge.bodies import Shape

Kind = Literal["amount", "percent"]
_PARTITIONS = 1024  # more than any topic has
_DAYS = 3650


class BenefitBody(Shape):
    """What a coupon of a campaign is worth, and what is said of it: at most 200 characters."""

    kind: Kind
    value: int = Field(ge=1, le=10**9)
    text: str = Field("", max_length=TEXT_LIMIT)


class CampaignBody(Shape):
    """The body of POST /coupon/campaigns; exactly one of `validUntil` and `validDays`."""

    campaign_id: str | None = Field(None, description="one's own id, so that a repeat is one")
    title: str = Field(min_length=1, max_length=TITLE_LIMIT)
    benefit: BenefitBody
    stock: int = Field(ge=1, le=STOCK_LIMIT)
    per_account: int = Field(1, ge=1, le=PER_ACCOUNT_LIMIT)
    partitions: int = Field(1, ge=1, le=_PARTITIONS, description="a power of two")
    opens_at: str
    closes_at: str = Field(description="at most 30 days after opensAt")
    valid_until: str | None = None
    valid_days: int | None = Field(None, ge=1, le=_DAYS)
    min_account_age: int = Field(0, ge=0, le=OLDEST, description="seconds")
    erased_keep: bool = False
    muted_may: bool = True
    cancel_keeps: bool = True
    proof_of_work: int = Field(0, ge=0, le=PROOF_LIMIT, description="bits")


class CampaignChangeBody(Shape):
    """The body of PATCH /coupon/campaigns/{campaignId}: what is left out stays as it is."""

    title: str | None = Field(None, min_length=1, max_length=TITLE_LIMIT)
    benefit: BenefitBody | None = None
    stock: int | None = Field(None, ge=1, le=STOCK_LIMIT)
    per_account: int | None = Field(None, ge=1, le=PER_ACCOUNT_LIMIT)
    partitions: int | None = Field(None, ge=1, le=_PARTITIONS)
    opens_at: str | None = None
    closes_at: str | None = None
    valid_until: str | None = None
    valid_days: int | None = Field(None, ge=1, le=_DAYS)
    min_account_age: int | None = Field(None, ge=0, le=OLDEST)
    erased_keep: bool | None = None
    muted_may: bool | None = None
    cancel_keeps: bool | None = None
    proof_of_work: int | None = Field(None, ge=0, le=PROOF_LIMIT)


class ClaimBody(Shape):
    """The body of POST /coupon/campaigns/{campaignId}/claims."""

    claim_id: str | None = Field(None, description="one's own UUID, so that a repeat is one")
    proof: str | None = Field(None, max_length=100, description="where the campaign asks for work")


class UseBody(Shape):
    """The body of POST /coupon/{couponId}/use."""

    reference: str = Field(
        min_length=1, max_length=REFERENCE_LIMIT, description="what for, in one's own words"
    )


class CampaignsQuery(Shape):
    """The query of the campaigns."""

    state: CampaignState | None = None
    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(50, ge=1, le=100)


class UsableQuery(Shape):
    """The query of the usable coupons."""

    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(50, ge=1, le=100)


class CouponsQuery(UsableQuery):
    """The query of all coupons."""

    state: CouponState | None = None


class BenefitView(Shape):
    """What a coupon is worth."""

    kind: str
    value: int
    text: str


class ClaimView(Shape):
    """A claim as it stands: `place` is its rank in its part of the queue, once it is known.

    `ahead` is an estimate of how many are before it; `couponId` of one refused as ALREADY_ISSUED is
    the one the account has.
    """

    claim_id: str
    state: Literal["waiting", "issued", "refused"]
    place: int | None
    ahead: int | None = None
    coupon_id: str | None = None
    code: str | None = None


class WorkView(Shape):
    """The work that a claim costs: see the field `proof`."""

    challenge: str
    bits: int
    until: str


class CampaignView(Shape):
    """A campaign as it is `now`, by the server's clock; `mine` is the caller's claim, if any."""

    campaign_id: str
    title: str
    benefit: BenefitView
    stock: int
    issued: int
    state: CampaignState
    opens_at: str
    closes_at: str
    now: str
    proof_of_work: WorkView | None = None
    mine: ClaimView | None = None


class CampaignsView(Shape):
    """Campaigns, the latest opening first; `cursor` asks for the next page, null at the end."""

    campaigns: list[CampaignView]
    cursor: str | None = None


class CouponView(Shape):
    """A coupon; its `code` is what is shown to whoever takes it."""

    coupon_id: str
    campaign_id: str
    title: str
    benefit: BenefitView
    code: str
    issued_at: str
    valid_until: str
    state: CouponState


class CouponsView(Shape):
    """The caller's coupons, the latest first; `cursor` asks for the next page, null at the end."""

    coupons: list[CouponView]
    cursor: str | None = None


class IssuedView(Shape):
    """A claim that got a coupon."""

    claim_id: str
    coupon_id: str
    place: int
    coupon: CouponView


class WaitingView(Shape):
    """A claim that is in the log and not decided yet."""

    claim_id: str
    place: int | None = None


def campaign_view(
    campaign: Campaign,
    now: datetime,
    work: WorkView | None = None,
    mine: ClaimView | None = None,
) -> CampaignView:
    """A campaign at a time."""
    terms = campaign.terms
    is_cancelled = campaign.cancelled_at is not None
    return CampaignView(
        campaign_id=campaign.campaign_id,
        title=terms.title,
        benefit=BenefitView(
            kind=terms.benefit.kind, value=terms.benefit.value, text=terms.benefit.text
        ),
        stock=terms.stock,
        issued=campaign.issued,
        state=state_of(terms, now, is_cancelled=is_cancelled, is_sold_out=campaign.sold_out),
        opens_at=to_text(terms.opens_at),
        closes_at=to_text(terms.closes_at),
        now=to_text(now),
        proof_of_work=work,
        mine=mine,
    )


def claim_view(claim: Claim) -> ClaimView:
    """A claim that was decided."""
    return ClaimView(
        claim_id=claim.claim_id,
        state="issued" if claim.code is None else "refused",
        place=claim.place,
        coupon_id=claim.coupon_id,
        code=claim.code,
    )


def coupon_view(coupon: Coupon) -> CouponView:
    """A coupon as it was read."""
    return CouponView(
        coupon_id=coupon.coupon_id,
        campaign_id=coupon.campaign_id,
        title=coupon.title,
        benefit=BenefitView(
            kind=coupon.benefit_kind, value=coupon.benefit_value, text=coupon.benefit_text
        ),
        code=coupon.code,
        issued_at=to_text(coupon.issued_at),
        valid_until=to_text(coupon.valid_until),
        state=CouponState(coupon.state),
    )
