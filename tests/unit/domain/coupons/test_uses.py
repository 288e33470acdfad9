"""A coupon: who may use it and give it back, and what it is afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatstream.domain.coupons.uses import (
    CouponState,
    HeldCoupon,
    decide_return,
    decide_use,
)
from chatstream.domain.decisions import Accept, Refuse, Unchanged
from tests.fakes.coupons import CLOSES, OPENS

MINE = HeldCoupon("k", "c", 0, "ann", CLOSES)
USED = replace(MINE, used_for="order 1")
RETURNED = replace(MINE, is_returned=True)
CANCELLED = replace(MINE, is_cancelled=True)


@pytest.mark.parametrize(
    ("coupon", "state"),
    [
        (MINE, CouponState.USABLE),
        (USED, CouponState.USED),
        (RETURNED, CouponState.RETURNED),
        (CANCELLED, CouponState.CANCELLED),
        (replace(MINE, valid_until=OPENS), CouponState.EXPIRED),
        (replace(USED, valid_until=OPENS, is_cancelled=True), CouponState.USED),
    ],
)
def test_its_state(coupon: HeldCoupon, state: CouponState) -> None:
    assert coupon.state(OPENS) is state


@pytest.mark.parametrize(
    ("coupon", "who", "as_operator", "expected"),
    [
        (None, "ann", False, "COUPON_NOT_FOUND"),
        (MINE, "bob", False, "COUPON_NOT_FOUND"),
        (MINE, "bob", True, ""),
        (MINE, "ann", False, ""),
        (replace(USED, used_for="order 2"), "ann", False, "ALREADY_USED"),
        (RETURNED, "ann", False, "EXPIRED"),
        (CANCELLED, "ann", False, "EXPIRED"),
        (replace(MINE, valid_until=OPENS), "ann", False, "EXPIRED"),
        (replace(MINE, account_id=None), "bob", True, ""),
    ],
)
def test_who_may_use_it(
    coupon: HeldCoupon | None, who: str, as_operator: bool, expected: str
) -> None:
    decision = decide_use(coupon, who, "order 1", OPENS, as_operator=as_operator)
    if expected:
        assert isinstance(decision, Refuse)
        assert str(decision.code) == expected
    else:
        assert decision == Accept(("order 1",))


def test_used_for_the_same_again_changes_nothing() -> None:
    assert decide_use(USED, "ann", "order 1", CLOSES, as_operator=False) == Unchanged()


@pytest.mark.parametrize(
    ("coupon", "who", "expected"),
    [
        (MINE, "bob", "COUPON_NOT_FOUND"),
        (USED, "ann", "ALREADY_USED"),
        (CANCELLED, "ann", "EXPIRED"),
    ],
)
def test_who_may_not_give_it_back(coupon: HeldCoupon, who: str, expected: str) -> None:
    decision = decide_return(coupon, who, OPENS)
    assert isinstance(decision, Refuse)
    assert str(decision.code) == expected


def test_given_back_once() -> None:
    assert decide_return(MINE, "ann", OPENS) == Accept(("k",))
    assert decide_return(RETURNED, "ann", OPENS) == Unchanged()
