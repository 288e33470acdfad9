"""Who gets a coupon: the rule for one claim after the other, in the order of the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chatstream.domain.coupons.terms import Terms
from chatstream.errors import ErrorCode

TOO_YOUNG, MUTED, ERASED = "accountAge", "muted", "erased"
"""Why an account is not eligible."""


@dataclass(slots=True)
class ClaimClock:
    """The claims of a partition: the latest time seen, and the offset behind the last decided."""

    seen: datetime
    decided: int = 0

    def pass_on(self, offset: int, appended_at: datetime) -> datetime:
        """The time of the record at an offset, never before that of one before it.

        A record that was decided already keeps its own: it can only be told again that it came too
        early, for an opening is never moved to a time that was seen.
        """
        if offset < self.decided:
            return appended_at
        self.decided = offset + 1
        self.seen = max(self.seen, appended_at)
        return self.seen


@dataclass(slots=True)
class Slice:
    """A part of a campaign's stock, and the place of the last claim in its partition."""

    left: int
    taken: int = 0
    last_place: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class ShortError(Exception):
    """A slice has nothing left and others are not held: hold them all, and decide again."""

    def __init__(self, campaign_id: str) -> None:
        super().__init__(campaign_id)
        self.campaign_id = campaign_id


@dataclass(slots=True)
class ClaimBoard:
    """A campaign as claims are judged by; `slices` are those that are held, by their number."""

    campaign_id: str
    terms: Terms
    slices: dict[int, Slice]
    is_cancelled: bool = False
    is_sold_out: bool = False
    sells_out: bool = False
    """It has been found out just now that nothing is left."""

    @property
    def _holds_all(self) -> bool:
        return len(self.slices) == self.terms.partitions

    def take(self, own: int) -> bool:
        """One of the stock, of the own slice as long as it has some; False: nothing is left.

        Nothing is left only when every slice is held and empty. Raises ShortError.
        """
        if self.is_sold_out:
            return False
        if not self.slices[own].left and not self._holds_all:
            raise ShortError(self.campaign_id)
        source = next((n for n in (own, *sorted(self.slices)) if self.slices[n].left), None)
        if source is not None:
            self.slices[source].left -= 1
            self.slices[source].taken += 1
        if self._holds_all and not any(each.left for each in self.slices.values()):
            self.is_sold_out = self.sells_out = True
        return source is not None


@dataclass(slots=True)
class Claimant:
    """An account as it is judged; `coupons` are those it has had of the campaign, in their order.

    `created_at` None: nothing is known of it yet.
    """

    coupons: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    muted_until: datetime | None = None
    is_erased: bool = False

    def unfit(self, terms: Terms, at: datetime) -> str:
        """Why it is not eligible, empty when it is."""
        if not terms.muted_may and self.muted_until is not None and at < self.muted_until:
            return MUTED
        youngest = timedelta(seconds=terms.min_account_age)
        if youngest and (self.created_at is None or at - self.created_at < youngest):
            return TOO_YOUNG
        return ""


@dataclass(frozen=True, slots=True)
class Issue:
    """It gets a coupon."""


@dataclass(frozen=True, slots=True)
class Deny:
    """It gets none, and never will; `coupon_id` is the one that the account has already."""

    code: ErrorCode
    reason: str = ""
    coupon_id: str | None = None


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Nothing is decided about it."""

    code: ErrorCode
    reason: str
    opens_at: datetime | None = None


Decided = Issue | Deny | TurnAway

UNKNOWN = TurnAway(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
ELSEWHERE = TurnAway(ErrorCode.INVALID_INPUT, "the campaign has another number of partitions")
REUSED = TurnAway(ErrorCode.CLAIM_ID_REUSED, "another claim has this claimId")
PASSED = TurnAway(ErrorCode.INVALID_INPUT, "the claim was passed over when it came")
SOLD_OUT = Deny(ErrorCode.SOLD_OUT, "nothing is left")


def decide_claim(
    board: ClaimBoard | None, claimant: Claimant, own: int, at: datetime, *, is_again: bool
) -> Decided:
    """What becomes of a claim for slice `own` at a time; takes from the stock what it gives.

    `is_again`: its record was decided before and nothing was kept. Raises ShortError.
    """
    if board is None:
        return UNKNOWN
    terms = board.terms
    if board.is_cancelled and not is_again:
        return Deny(ErrorCode.CLOSED, "the campaign was cancelled")
    if at < terms.opens_at:
        return TurnAway(ErrorCode.NOT_OPEN_YET, "it has not opened yet", terms.opens_at)
    if is_again:
        return PASSED
    if at >= terms.closes_at:
        return Deny(ErrorCode.CLOSED, "the claim came too late")
    return _eligible(board, claimant, own, at)


def _eligible(board: ClaimBoard, claimant: Claimant, own: int, at: datetime) -> Decided:
    if claimant.is_erased:
        return Deny(ErrorCode.NOT_ELIGIBLE, ERASED)
    if len(claimant.coupons) >= board.terms.per_account:
        return Deny(ErrorCode.ALREADY_ISSUED, "the account has its number", claimant.coupons[-1])
    if reason := claimant.unfit(board.terms, at):
        return Deny(ErrorCode.NOT_ELIGIBLE, reason)
    return Issue() if board.take(own) else SOLD_OUT


def waits_for(terms: Terms, claimants: Collection[Claimant]) -> bool:
    """Whether somebody's age counts and is not known yet."""
    return terms.min_account_age > 0 and any(
        each.created_at is None and not each.is_erased for each in claimants
    )
