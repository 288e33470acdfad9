"""kakao.coupon.campaign: campaigns, as operators make, change and cancel them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chatstream.domain.coupons.terms import Benefit, Terms
from chatstream.domain.times import from_text, to_text
from schemas.records.base import AnswerRecord, FactRecord, RequestRecord, Uuid

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


CampaignRequest = CreateCampaign | ChangeCampaign | CancelCampaign
CampaignResponse = (
    CampaignCreated | CampaignChanged | CampaignCancelled | CampaignUnchanged | CampaignRefused
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
