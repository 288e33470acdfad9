"""The terms of a campaign: what is given to whom, how often, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatstream.errors import check_all, invalid

TITLE_LIMIT = 120
TEXT_LIMIT = 200
STOCK_LIMIT = 1_000_000
PER_ACCOUNT_LIMIT = 10
PROOF_LIMIT = 24
PERCENT_LIMIT = 100
OLDEST = 100 * 365 * 86_400
LONGEST = timedelta(days=30)
AMOUNT, PERCENT = "amount", "percent"


@dataclass(frozen=True, slots=True)
class Benefit:
    """What a coupon is worth: an amount or a percentage, and what is said of it."""

    kind: str
    value: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a campaign; exactly one of `valid_until` and `valid_days` is there.

    Claims lie in `partitions` partitions. `min_account_age` is in seconds, `proof_of_work` in bits.
    `erased_keep`: the coupon of an account that is erased stays good. `muted_may`: who is muted may
    claim. `cancel_keeps`: coupons stay good when the campaign is cancelled.
    """

    title: str
    benefit: Benefit
    stock: int
    opens_at: datetime
    closes_at: datetime
    valid_until: datetime | None = None
    valid_days: int | None = None
    per_account: int = 1
    partitions: int = 1
    min_account_age: int = 0
    erased_keep: bool = False
    muted_may: bool = True
    cancel_keeps: bool = True
    proof_of_work: int = 0

    def good_until(self, issued_at: datetime) -> datetime:
        """When a coupon that was issued then expires."""
        if self.valid_until is not None:
            return self.valid_until
        return issued_at + timedelta(days=self.valid_days or 0)


def check_terms(terms: Terms, partitions: int) -> None:
    """Raise INVALID_INPUT with every field that is wrong; the topic has so many `partitions`."""
    check_all(
        _within("title", len(terms.title.strip()), 1, TITLE_LIMIT, "characters"),
        lambda: _check_benefit(terms.benefit),
        _within("stock", terms.stock, 1, STOCK_LIMIT),
        _within("perAccount", terms.per_account, 1, PER_ACCOUNT_LIMIT),
        _within("minAccountAge", terms.min_account_age, 0, OLDEST),
        _within("proofOfWork", terms.proof_of_work, 0, PROOF_LIMIT),
        lambda: _check_partitions(terms.partitions, partitions),
        lambda: _check_span(terms),
        lambda: _check_validity(terms),
    )


def _within(field: str, value: int, least: int, most: int, unit: str = "") -> Callable[[], None]:
    def check() -> None:
        if least <= value <= most:
            return
        if unit:
            raise invalid(field, "must have {least} to {most} characters", least=least, most=most)
        raise invalid(field, "must be from {least} to {most}", least=least, most=most)

    return check


def _check_benefit(benefit: Benefit) -> None:
    most = PERCENT_LIMIT if benefit.kind == PERCENT else 10**9
    if benefit.kind not in (AMOUNT, PERCENT):
        raise invalid("benefit.kind", "must be amount or percent")
    _within("benefit.value", benefit.value, 1, most)()
    _within("benefit.text", len(benefit.text), 0, TEXT_LIMIT, "characters")()


def _check_partitions(count: int, most: int) -> None:
    if not 1 <= count <= most or count & (count - 1):
        raise invalid("partitions", "must be a power of two, at most {most}", most=most)


def _check_span(terms: Terms) -> None:
    if terms.closes_at <= terms.opens_at:
        raise invalid("closesAt", "must be later than opensAt")
    if terms.closes_at - terms.opens_at > LONGEST:
        raise invalid("closesAt", "must be at most {days} days after opensAt", days=LONGEST.days)


def _check_validity(terms: Terms) -> None:
    if (terms.valid_until is None) == (terms.valid_days is None):
        raise invalid("validUntil", "exactly one of validUntil and validDays is needed")
    if terms.valid_until is not None and terms.valid_until <= terms.closes_at:
        raise invalid("validUntil", "must be later than closesAt")
    if terms.valid_days is not None:
        _within("validDays", terms.valid_days, 1, 3650)()
