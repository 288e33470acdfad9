"""Coupons: campaigns, claims of them first come, first served, and what is done with coupons."""

from __future__ import annotations

from schemas import databases, records, services
from schemas.actions import action, refusal
from schemas.context import Context
from schemas.erasure import ErasureStep
from schemas.paths import MemberPage, OperatorPage, Paths
from schemas.services import FRONT, FRONT_COUPON
from schemas.streams import DAY, MINUTE, WEEK, Key, Kind, stream

CAMPAIGN = stream(
    "kakao.coupon.campaign",
    "campaignId",
    kept_in="campaign_facts",
    request=records.CampaignRequest,
    response=records.CampaignResponse,
)

# The broker's time decides who came in time, and the audit reads the claims of the longest campaign
# again when it has closed.
CLAIM = stream(
    "kakao.coupon.claim",
    "campaignId",
    kept_in="claim_facts",
    retention={Kind.REQUEST: 30 * DAY + WEEK},
    timed_by_broker=(Kind.REQUEST,),
    request=records.ClaimRequest,
    response=records.ClaimResponse,
)

# What fronts tell each other; of no use a little later.
WAITING = stream(
    "kakao.coupon.waiting",
    Key.ACCOUNT,
    event=records.ClaimWaits,
    retention={Kind.EVENT: MINUTE},
)

ERASURE = ErasureStep("coupon", records.EraseInCoupon, records.ErasedInCoupon)

# The Elastic Common Schema has no category for what is given out.
NONE: tuple[str, ...] = ()

CONTEXT = Context(
    name="coupons",
    service=services.COUPON,
    streams=(CAMPAIGN, CLAIM, WAITING, ERASURE.stream),
    lineage=databases.COUPON,
    paths=(
        Paths(
            FRONT_COUPON,
            (
                "/coupon",
                "/coupon/campaigns",
                "/coupon/campaigns/{campaignId}",
                "/coupon/campaigns/{campaignId}/audit",
                "/coupon/campaigns/{campaignId}/cancel",
                "/coupon/campaigns/{campaignId}/claims",
                "/coupon/claims/{claimId}",
                "/coupon/usable",
                "/coupon/{couponId}/return",
                "/coupon/{couponId}/use",
            ),
        ),
        Paths(
            FRONT,
            (
                "/coupons",
                "/coupons/{campaign_id}",
                "/ops/coupons",
                "/ops/coupons/{campaignId}/live",
            ),
        ),
    ),
    member_pages=(MemberPage("/coupons", "coupons.mine"),),
    operator_pages=(OperatorPage("/ops/coupons", "opsCoupons.title"),),
    actions=(
        action(records.CampaignCreated, NONE, ("creation",)),
        action(records.CampaignChanged, NONE, ("change",)),
        action(records.CampaignCancelled, NONE, ("deletion",)),
        action(records.CampaignSoldOut, NONE, ("info",)),
        action(records.CouponIssued, NONE, ("creation",)),
        action(records.CouponUsed, NONE, ("change",)),
        action(records.CouponReturned, NONE, ("deletion",)),
        refusal(records.CampaignRefused, NONE),
        refusal(records.ClaimRefused, NONE),
        refusal(records.CouponRefused, NONE),
    ),
    unkept={
        records.CampaignUnchanged: "it changed nothing",
        records.ClaimTurnedAway: "nothing was decided: it may be asked again",
        records.CouponUnchanged: "it changed nothing",
    },
    erasure=ERASURE,
)
