"""kakao.coupon.campaign and kakao.coupon.claim: campaigns, claims, and what is done with coupons.

A claim's `requestId` is its claimId. `slice` says how many partitions behind the campaign's home
the records of a claim and of its coupon lie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chatstream.domain.coupons.slices import slice_of
from chatstream.domain.coupons.terms import Benefit, Terms
from chatstream.domain.lines import Identity
from chatstream.domain.times import from_text, to_text
from schemas.records.base import (
    AnswerRecord,
    FactRecord,
    OutcomeRecord,
    RequestRecord,
    Secret,
    Uuid,
)
from schemas.records.erasure import EraseStep, StepReported

# Of a campaign, which everybody sees.
PublicText = Annotated[str, msgspec.Meta(extra={"is": "plain"})]


class CampaignBenefit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a coupon is worth, and what is said of it."""

    kind: Literal["amount", "percent"]
    value: int
    text: PublicText


class CampaignTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The terms of a campaign, as chatstream.domain.coupons.terms.Terms."""

    title: PublicText
    benefit: CampaignBenefit
    stock: int
    opens_at: str
    closes_at: str
    valid_until: str | None = None
    valid_days: int | None = None
    per_account: int = 1
    partitions: int = 1
    min_account_age: int = 0
    erased_keep: bool = False
    muted_may: bool = True
    cancel_keeps: bool = True
    proof_of_work: int = 0


class CampaignWish(RequestRecord, frozen=True, kw_only=True):
    """What every wish of an operator about a campaign has."""

    campaign_id: Uuid
    requested_at: str

    @property
    def key(self) -> str:
        """The campaign."""
        return self.campaign_id


class CreateCampaign(CampaignWish, frozen=True, kw_only=True, tag="createCampaign"):
    """A new campaign; a second wish with its id and the same terms changes nothing."""

    terms: CampaignTerms


class CampaignChanges(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The terms that are to be others; what is left out stays.

    Of `validUntil` and `validDays` the one that is given takes the place of the other.
    """

    title: PublicText | None = None
    benefit: CampaignBenefit | None = None
    stock: int | None = None
    opens_at: str | None = None
    closes_at: str | None = None
    valid_until: str | None = None
    valid_days: int | None = None
    per_account: int | None = None
    partitions: int | None = None
    min_account_age: int | None = None
    erased_keep: bool | None = None
    muted_may: bool | None = None
    cancel_keeps: bool | None = None
    proof_of_work: int | None = None


class ChangeCampaign(CampaignWish, frozen=True, kw_only=True, tag="changeCampaign"):
    """A wish that a campaign has other terms."""

    changes: CampaignChanges


class CancelCampaign(CampaignWish, frozen=True, kw_only=True, tag="cancelCampaign"):
    """A wish that a campaign is over at once."""


class CampaignFact(FactRecord, frozen=True, kw_only=True):
    """What every fact about a campaign has: its terms from now on; `accountId` is an operator's."""

    campaign_id: str
    terms: CampaignTerms
    cancelled_at: str | None = None
    at: str


class CampaignCreated(CampaignFact, frozen=True, kw_only=True, tag="campaignCreated"):
    """Fact: there is the campaign."""


class CampaignChanged(CampaignFact, frozen=True, kw_only=True, tag="campaignChanged"):
    """Fact: the campaign has these terms."""


class CampaignCancelled(CampaignFact, frozen=True, kw_only=True, tag="campaignCancelled"):
    """Fact: the campaign is over; what was claimed and not yet decided is refused as CLOSED."""


class CampaignUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="campaignUnchanged"):
    """Answer without a change: it was so already."""

    campaign_id: str
    at: str


class CampaignRefused(AnswerRecord, frozen=True, kw_only=True, tag="campaignRefused"):
    """Outcome of a wish about a campaign that was refused."""

    campaign_id: str
    code: str
    reason: str
    at: str


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
    slice: Annotated[int, msgspec.Meta(ge=0)]
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


class EraseInCoupon(EraseStep, frozen=True, kw_only=True, tag="eraseInCoupon"):
    """The coupon service's step: nothing names the account any more."""


class ErasedInCoupon(StepReported, frozen=True, kw_only=True, tag="erasedInCoupon"):
    """What the coupon service did."""


CampaignRequest = CreateCampaign | ChangeCampaign | CancelCampaign
CampaignResponse = (
    CampaignCreated | CampaignChanged | CampaignCancelled | CampaignUnchanged | CampaignRefused
)
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


def terms_of(told: CampaignTerms) -> Terms:
    """The terms as the rules have them; ValueError for what is no time."""
    return Terms(**{**_fields(told), "benefit": _benefit(told.benefit)})


def told_terms(terms: Terms) -> CampaignTerms:
    """The terms as they are told."""
    benefit = terms.benefit
    fields = {name: getattr(terms, name) for name in CampaignTerms.__struct_fields__}
    fields |= {name: to_text(fields[name]) for name in _TIMES if fields[name] is not None}
    said = CampaignBenefit(kind=_kind(benefit.kind), value=benefit.value, text=benefit.text)
    return CampaignTerms(**(fields | {"benefit": said}))


def encode_terms(terms: Terms) -> str:
    """The terms as a row keeps them."""
    return msgspec.json.encode(told_terms(terms)).decode()


def changes_of(told: CampaignChanges) -> dict[str, Any]:
    """What is to change, by field of Terms; ValueError for what is no time."""
    found = {name: value for name, value in _fields(told).items() if value is not None}
    if told.benefit is not None:
        found["benefit"] = _benefit(told.benefit)
    return found


_TIMES = ("opens_at", "closes_at", "valid_until")


def _fields(told: CampaignTerms | CampaignChanges) -> dict[str, Any]:
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return fields | {name: _moment(fields[name]) for name in _TIMES if fields[name] is not None}


def _moment(text: str) -> datetime:
    """To the millisecond, as it is told."""
    moment = from_text(text)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _benefit(told: CampaignBenefit) -> Benefit:
    return Benefit(told.kind, told.value, told.text)


def _kind(kind: str) -> Any:
    return kind
