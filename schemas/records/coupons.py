"""kakao.coupon.claim: claims, and what is done with coupons.

A claim's `requestId` is its claimId. `slice` says how many partitions behind the campaign's home
the records of a claim and of its coupon lie.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from chatstream.domain.coupons.slices import slice_of
from chatstream.domain.lines import Identity
from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    OutcomeRecord,
    Record,
    RequestRecord,
    Secret,
    Uuid,
)
from schemas.records.erasure import EraseStep, StepReported


class ClaimCoupon(RequestRecord, frozen=True, kw_only=True, tag="claimCoupon"):
    """A wish for a coupon; when it came is the time at which the broker appended it.

    `partitions` are those of the campaign.
    """

    campaign_id: Uuid
    partitions: Annotated[int, msgspec.Meta(ge=1)] = 1
    requested_at: str

    @property
    def key(self) -> str:
        """The campaign."""
        return self.campaign_id

    @property
    def spread(self) -> int:
        """The slice."""
        return slice_of(self.campaign_id, self.account_id, self.partitions)

    @property
    def identity(self) -> Identity:
        """With the account, since another one may name the same claim, and must not hear of it."""
        return (self.account_id, self.request_id)


class CouponWish(RequestRecord, frozen=True, kw_only=True):
    """What every wish about a coupon has; `slice` and `campaignId` are as its row has them.

    `asOperator`: not the owner asks, but an operator who was shown the code.
    """

    campaign_id: Uuid
    coupon_id: Uuid
    slice: int
    as_operator: bool = False
    requested_at: str

    @property
    def key(self) -> str:
        """The campaign."""
        return self.campaign_id

    @property
    def spread(self) -> int:
        """The slice."""
        return self.slice


class UseCoupon(CouponWish, frozen=True, kw_only=True, tag="useCoupon"):
    """A wish to use a coupon for what is called `reference`, once."""

    reference: Secret


class ReturnCoupon(CouponWish, frozen=True, kw_only=True, tag="returnCoupon"):
    """A wish to give a coupon back; nobody else gets it."""


class ClaimFact(FactRecord, frozen=True, kw_only=True):
    """What every kept outcome of a claim has.

    `place` is its rank among the claims of the campaign in its partition; `offset` and `appendedAt`
    are those of its record, the time never before one of a record before it.
    """

    campaign_id: str
    place: int
    offset: int
    appended_at: str
    at: str

    @property
    def claim_id(self) -> str:
        """The claim."""
        return self.request_id

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Of the one claim."""
        return ((self.account_id, self.request_id),)


class CouponIssued(ClaimFact, frozen=True, kw_only=True, tag="couponIssued"):
    """Fact: the account has this coupon."""

    coupon_id: str
    coupon_code: Secret
    valid_until: str


class ClaimRefused(ClaimFact, frozen=True, kw_only=True, tag="claimRefused"):
    """Fact: the claim got no coupon, and never will; `couponId` of who has one already."""

    code: str
    reason: str
    coupon_id: str | None = None


class ClaimTurnedAway(AnswerRecord, frozen=True, kw_only=True, tag="claimTurnedAway"):
    """Outcome of a claim that is not kept: it came too early, or names what it must not."""

    campaign_id: str
    code: str
    reason: str
    opens_at: str | None = None
    at: str

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Of the one claim."""
        return ((self.account_id, self.request_id),)


class CampaignSoldOut(OutcomeRecord, frozen=True, kw_only=True, tag="campaignSoldOut"):
    """Fact: nothing is left, for ever.

    Whoever got a coupon has a fact up to the number that `upto` names for its partition.
    """

    fact_no: int
    campaign_id: str
    upto: dict[str, int]
    at: str

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Of nobody's wish."""
        return ()


class CouponFact(FactRecord, frozen=True, kw_only=True):
    """What every fact about a coupon has; `ownerId` is null once the owner is erased."""

    campaign_id: str
    coupon_id: str
    owner_id: str | None
    at: str


class CouponUsed(CouponFact, frozen=True, kw_only=True, tag="couponUsed"):
    """Fact: the coupon was used for what is called `reference`."""

    reference: Secret


class CouponReturned(CouponFact, frozen=True, kw_only=True, tag="couponReturned"):
    """Fact: the owner gave the coupon back."""


class CouponUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="couponUnchanged"):
    """Answer without a change: it was used for the same already, or given back."""

    campaign_id: str
    coupon_id: str
    at: str


class CouponRefused(AnswerRecord, frozen=True, kw_only=True, tag="couponRefused"):
    """Outcome of a wish about a coupon that was refused."""

    campaign_id: str
    coupon_id: str
    code: str
    reason: str
    at: str


class ClaimWaits(Record, frozen=True, kw_only=True, tag="claimWaits"):
    """A claim lies in the log there and is not decided yet; told by the front that took it.

    Kept nowhere, and of no use a little later. `ahead` is about how many are before it, null while
    nobody knows.
    """

    request_id: str
    account_id: str
    campaign_id: str
    partition: int
    offset: int
    ahead: int | None = None


class EraseInCoupon(EraseStep, frozen=True, kw_only=True, tag="eraseInCoupon"):
    """The coupon service's step: nothing names the account any more."""


class ErasedInCoupon(StepReported, frozen=True, kw_only=True, tag="erasedInCoupon"):
    """What the coupon service did."""


ClaimRequest = ClaimCoupon | UseCoupon | ReturnCoupon
ClaimResponse = (
    CouponIssued
    | ClaimRefused
    | ClaimTurnedAway
    | CampaignSoldOut
    | CouponUsed
    | CouponReturned
    | CouponUnchanged
    | CouponRefused
)
