"""Campaigns: their state at a time, and what operators may change about them and when.

Whatever is kept of a claim is as the terms say that hold in the end, whenever it was decided:
before a campaign has opened nothing is kept of its claims, its terms change only then, and
afterwards its end alone moves, to later, while no claim has yet come too late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chatstream.domain.coupons.terms import Terms, check_terms
from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode, InvalidInput

NO_CAMPAIGN = Refuse(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
OPEN = Refuse(ErrorCode.CAMPAIGN_OPEN, "once it has opened only closesAt may change, to later")
CLOSED = Refuse(ErrorCode.CLOSED, "the campaign is over")
TAKEN = Refuse(ErrorCode.INVALID_INPUT, "another campaign has this campaignId")
FIXED = Refuse(ErrorCode.INVALID_INPUT, "partitions cannot change")
PAST = Refuse(ErrorCode.INVALID_INPUT, "opensAt must be later than now")


class CampaignState(StrEnum):
    """What a campaign is at a time."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    SOLD_OUT = "soldOut"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class HeldCampaign:
    """A campaign as it is judged under its locks.

    `seen` is the latest time of a record that was decided in one of its partitions, None when none
    was.
    """

    terms: Terms | None
    is_cancelled: bool = False
    seen: datetime | None = None


def state_of(
    terms: Terms, now: datetime, *, is_cancelled: bool, is_sold_out: bool
) -> CampaignState:
    """The state of a campaign with these terms."""
    if is_cancelled:
        return CampaignState.CANCELLED
    if now >= terms.closes_at:
        return CampaignState.CLOSED
    if is_sold_out:
        return CampaignState.SOLD_OUT
    return CampaignState.OPEN if now >= terms.opens_at else CampaignState.SCHEDULED


def decide_create(held: HeldCampaign, terms: Terms, partitions: int) -> Decision[Terms]:
    """A new campaign on a topic of so many partitions; with the terms it has already, unchanged.

    It opens later than any claim that was decided, and so told that there is no such campaign.
    """
    if held.terms is not None:
        return Unchanged() if held.terms == terms else TAKEN
    return _checked(terms, held, partitions)


def decide_change(
    held: HeldCampaign, changes: Mapping[str, Any], now: datetime, partitions: int
) -> Decision[Terms]:
    """The terms with these changes, by field of Terms."""
    if held.terms is None:
        return NO_CAMPAIGN
    if held.is_cancelled:
        return CLOSED
    former, terms = held.terms, changed(held.terms, changes)
    if terms == former:
        return Unchanged()
    latest = now if held.seen is None else max(now, held.seen)
    if latest < former.opens_at:
        return FIXED if terms.partitions != former.partitions else _checked(terms, held, partitions)
    if latest >= former.closes_at:
        return CLOSED
    if replace(terms, closes_at=former.closes_at) != former or terms.closes_at < former.closes_at:
        return OPEN
    return _valid(terms, partitions)


def decide_cancel(held: HeldCampaign) -> Decision[Terms]:
    """The campaign is over at once; one that is cancelled stays so."""
    if held.terms is None:
        return NO_CAMPAIGN
    return Unchanged() if held.is_cancelled else Accept((held.terms,))


def changed(terms: Terms, changes: Mapping[str, Any]) -> Terms:
    """The terms with these changes; of the two ways to expire the one given takes the other's."""
    fields = dict(changes)
    if fields.get("valid_until") is not None and fields.get("valid_days") is None:
        fields["valid_days"] = None
    elif fields.get("valid_days") is not None and fields.get("valid_until") is None:
        fields["valid_until"] = None
    return replace(terms, **fields)


def _checked(terms: Terms, held: HeldCampaign, partitions: int) -> Decision[Terms]:
    if held.seen is not None and terms.opens_at <= held.seen:
        return PAST
    return _valid(terms, partitions)


def _valid(terms: Terms, partitions: int) -> Decision[Terms]:
    try:
        check_terms(terms, partitions)
    except InvalidInput as error:
        first = error.problems[0]
        return Refuse(ErrorCode.INVALID_INPUT, f"{first.field} {first.english}")
    return Accept((terms,))
