"""Coupons: campaigns and claims, their write side and their read side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from chatstream.domain.coupons.terms import Terms
from chatstream.domain.lines import Identity

# -- writing -------------------------------------------------------------------------------------


class CampaignAct(Enum):
    """What an operator asks."""

    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class OperatorWish:
    """What an operator asks about a campaign; CREATE has terms, CHANGE those that are to change."""

    partition: int
    request_id: str
    account_id: str
    campaign_id: str
    act: CampaignAct
    terms: Terms | None = None
    changes: Mapping[str, object] | None = None

    @property
    def identity(self) -> Identity:
        """By what a repeat is known."""
        return (self.request_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A record of the claims' topic: where it lies, and when the broker appended it.

    `slice` says how many partitions behind the home of the campaign that is.
    """

    partition: int
    offset: int
    appended_at: datetime
    slice: int
    request_id: str
    account_id: str
    campaign_id: str

    @property
    def identity(self) -> Identity:
        """By what a repeat is known: of a claim its id, whoever asks."""
        return (self.request_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWish(Placed):
    """An account asks for a coupon; `partitions` as it believes the campaign to have."""

    partitions: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UseWish(Placed):
    """A coupon is to be used for what is called `reference`; by an operator or the owner."""

    coupon_id: str
    reference: str
    as_operator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnWish(Placed):
    """The owner gives a coupon back."""

    coupon_id: str


CouponWish = ClaimWish | UseWish | ReturnWish


@dataclass(frozen=True, slots=True)
class CouponAnswer:
    """A RESPONSE record's bytes for the wish with index `wish`; no fact number: it is not kept."""

    wish: int
    fact_no: int | None
    body: bytes


class CampaignStore(Protocol):
    """The write side of campaigns."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[OperatorWish]
    ) -> Sequence[CouponAnswer]:
        """Judge and store the wishes in order, in one transaction; facts first, by number.

        What is kept of claims is as the terms say, before and after: see
        chatstream.domain.coupons.campaigns. A repeat gets its stored fact, and a refusal stays one.
        Raises like MessageStore.carry_out.
        """
        ...


class ClaimStore(Protocol):
    """The write side of claims and coupons."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[CouponWish]
    ) -> Sequence[CouponAnswer]:
        """Decide the wishes in the order of their offsets, in one transaction; facts first.

        A wish may be answered by two facts: the one that sells out the campaign comes after its
        own. A repeat gets its stored facts. Raises like MessageStore.carry_out.
        """
        ...


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as the fact `fact_no` leaves it; without `created_at` it is erased for ever."""

    account_id: str
    fact_no: int
    created_at: datetime | None = None


class CouponEraser(Protocol):
    """An erased account's claims and coupons."""

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """Blank the account, and cancel its coupons where the campaign does not keep them.

        Counts by kind what was erased now; once more erases nothing more.
        """
        ...


# -- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as it is now; its state at a time is chatstream.domain.coupons.campaigns.state."""

    campaign_id: str
    terms: Terms
    issued: int
    sold_out: bool
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A kept outcome of a claim: a coupon, or the code and the reason of its refusal.

    `coupon_id` is that of the coupon it got, or of the one the account has already.
    """

    claim_id: str
    campaign_id: str
    partition: int
    place: int
    coupon_id: str | None
    coupon_code: str | None
    code: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon as it is at the time it was asked about."""

    coupon_id: str
    campaign_id: str
    slice: int
    account_id: str | None
    title: str
    benefit_kind: str
    benefit_value: int
    benefit_text: str
    code: str
    issued_at: datetime
    valid_until: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A campaign's numbers: what was decided so far."""

    issued: int
    left: int
    refused: Mapping[str, int]


class CouponReader(Protocol):
    """The read side, always the newest state."""

    async def campaigns(
        self, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Campaign], str | None]:
        """Campaigns in a state (None: in any), the latest opening first; the next page's cursor.

        INVALID_INPUT for a wrong cursor.
        """
        ...

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """One campaign; None where there is none."""
        ...

    async def claim(self, claim_id: str, account_id: str) -> Claim | None:
        """What became of the account's claim; None while nothing is kept of it."""
        ...

    async def claim_in(self, campaign_id: str, account_id: str) -> Claim | None:
        """The account's claim that got a coupon, else its last one; None where it has none."""
        ...

    async def claimants(
        self, campaign_id: str, after: str | None, limit: int
    ) -> tuple[Sequence[str], str | None]:
        """Accounts with a kept outcome, by id after this one; the last one if there are more."""
        ...

    async def coupons(
        self, account_id: str, *, state: str | None, now: datetime, cursor: str | None, limit: int
    ) -> tuple[Sequence[Coupon], str | None]:
        """The account's coupons, the latest first, and the next page's cursor.

        INVALID_INPUT for a wrong cursor.
        """
        ...

    async def coupon(self, coupon_id: str, now: datetime) -> Coupon | None:
        """One coupon, whoever's; None where there is none."""
        ...

    async def coupon_by_code(self, code: str, now: datetime) -> Coupon | None:
        """The coupon with this code; None where there is none."""
        ...

    async def live(self, campaign_id: str) -> Live | None:
        """A campaign's numbers; None where there is none."""
        ...

    async def decided(self, campaign_id: str) -> Mapping[int, int]:
        """The offset behind the last record that was decided, for each partition of a campaign."""
        ...
