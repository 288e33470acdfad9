"""What is done with a coupon: it is used, given back, or it expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode

REFERENCE_LIMIT = 64

NO_COUPON = Refuse(ErrorCode.COUPON_NOT_FOUND, "there is no such coupon")
USED = Refuse(ErrorCode.ALREADY_USED, "the coupon was used for something else")
EXPIRED = Refuse(ErrorCode.EXPIRED, "the coupon has expired")
RETURNED = Refuse(ErrorCode.EXPIRED, "the coupon was given back")
CANCELLED = Refuse(ErrorCode.EXPIRED, "the coupon was cancelled")


class CouponState(StrEnum):
    """What a coupon is at a time."""

    USABLE = "usable"
    USED = "used"
    EXPIRED = "expired"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class HeldCoupon:
    """A coupon as it is judged under its lock; `used_for` is the reference, None while unused."""

    coupon_id: str
    campaign_id: str
    slice: int
    account_id: str | None
    valid_until: datetime
    used_for: str | None = None
    is_returned: bool = False
    is_cancelled: bool = False

    def state(self, now: datetime) -> CouponState:
        """Its state at a time."""
        if self.used_for is not None:
            return CouponState.USED
        if self.is_returned:
            return CouponState.RETURNED
        if self.is_cancelled:
            return CouponState.CANCELLED
        return CouponState.USABLE if now < self.valid_until else CouponState.EXPIRED


_GONE = {
    CouponState.EXPIRED: EXPIRED,
    CouponState.RETURNED: RETURNED,
    CouponState.CANCELLED: CANCELLED,
}


def decide_use(
    coupon: HeldCoupon | None, account_id: str, reference: str, at: datetime, *, as_operator: bool
) -> Decision[str]:
    """Use it for what is called `reference`; once more for the same changes nothing."""
    if coupon is None or not (as_operator or coupon.account_id == account_id):
        return NO_COUPON
    state = coupon.state(at)
    if state is CouponState.USED:
        return Unchanged() if coupon.used_for == reference else USED
    return _GONE[state] if state in _GONE else Accept((reference,))


def decide_return(coupon: HeldCoupon | None, account_id: str, at: datetime) -> Decision[str]:
    """Give it back; once more changes nothing."""
    if coupon is None or coupon.account_id != account_id:
        return NO_COUPON
    state = coupon.state(at)
    if state is CouponState.RETURNED:
        return Unchanged()
    if state is CouponState.USED:
        return USED
    return _GONE[state] if state in _GONE else Accept((coupon.coupon_id,))
