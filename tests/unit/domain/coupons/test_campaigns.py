"""Campaigns: their terms, their state at a time, and what may change when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chatstream.domain.coupons.campaigns import (
    CampaignState,
    HeldCampaign,
    decide_cancel,
    decide_change,
    decide_create,
    state_of,
)
from chatstream.domain.coupons.slices import slice_of, stock_of
from chatstream.domain.coupons.terms import Benefit, check_terms
from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.errors import ErrorCode, InvalidInput, problems_in
from tests.fakes.coupons import CLOSES, OPENS, terms

SECOND = timedelta(seconds=1)
BEFORE = OPENS - SECOND
PARTITIONS = 8


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("benefit.kind", {"benefit": Benefit("gift", 1, "")}),
        ("benefit.value", {"benefit": Benefit("percent", 101, "")}),
        ("benefit.text", {"benefit": Benefit("amount", 1, "x" * 201)}),
        ("stock", {"stock": 0}),
        ("stock", {"stock": 1_000_001}),
        ("perAccount", {"per_account": 11}),
        ("minAccountAge", {"min_account_age": -1}),
        ("proofOfWork", {"proof_of_work": 25}),
        ("partitions", {"partitions": 3}),
        ("partitions", {"partitions": 16}),
        ("closesAt", {"closes_at": OPENS}),
        ("closesAt", {"closes_at": OPENS + timedelta(days=30) + SECOND}),
        ("validUntil", {"valid_days": None}),
        ("validUntil", {"valid_until": CLOSES + SECOND}),
        ("validUntil", {"valid_until": CLOSES, "valid_days": None}),
        ("validDays", {"valid_days": 0}),
    ],
)
def test_wrong_terms_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_terms(terms(**changes), PARTITIONS)
    assert [each.field for each in problems_in(refusal.value)] == [field]


def test_terms_at_their_limits_are_right() -> None:
    check_terms(
        terms(
            title="x" * 120,
            stock=1_000_000,
            per_account=10,
            partitions=PARTITIONS,
            closes_at=OPENS + timedelta(days=30),
            proof_of_work=24,
        ),
        PARTITIONS,
    )


def test_a_coupon_is_good_until_a_day_or_for_some_days() -> None:
    at = OPENS + SECOND
    assert terms(valid_days=2).good_until(at) == at + timedelta(days=2)
    until = CLOSES + SECOND
    assert terms(valid_days=None, valid_until=until).good_until(at) == until


@pytest.mark.parametrize(
    ("now", "is_cancelled", "is_sold_out", "state"),
    [
        (BEFORE, False, False, CampaignState.SCHEDULED),
        (OPENS, False, False, CampaignState.OPEN),
        (OPENS, False, True, CampaignState.SOLD_OUT),
        (CLOSES, False, True, CampaignState.CLOSED),
        (BEFORE, True, False, CampaignState.CANCELLED),
    ],
)
def test_the_state_follows_from_the_time(
    now: Any, is_cancelled: bool, is_sold_out: bool, state: CampaignState
) -> None:
    found = state_of(terms(), now, is_cancelled=is_cancelled, is_sold_out=is_sold_out)
    assert found is state


def test_a_campaign_opens_later_than_any_claim_that_was_decided() -> None:
    assert decide_create(HeldCampaign(None, seen=BEFORE), terms(), PARTITIONS) == Accept((terms(),))
    assert (
        code(decide_create(HeldCampaign(None, seen=OPENS), terms(), PARTITIONS)) == "INVALID_INPUT"
    )
    assert code(decide_create(HeldCampaign(None), terms(stock=0), PARTITIONS)) == "INVALID_INPUT"


def code(decision: object) -> str:
    assert isinstance(decision, Refuse)
    return str(decision.code)


def test_a_second_wish_with_the_same_terms_changes_nothing() -> None:
    assert decide_create(HeldCampaign(terms()), terms(), PARTITIONS) == Unchanged()
    assert code(decide_create(HeldCampaign(terms()), terms(stock=9), PARTITIONS)) == "INVALID_INPUT"


LATER = {"closes_at": CLOSES + SECOND}


@pytest.mark.parametrize(
    ("now", "seen", "changes", "expected"),
    [
        (BEFORE, BEFORE, {"stock": 9, "title": "다른 것"}, ""),
        (BEFORE, BEFORE, {"closes_at": CLOSES - SECOND}, ""),
        (BEFORE, BEFORE, {"opens_at": BEFORE}, "INVALID_INPUT"),
        (BEFORE, BEFORE, {"partitions": 2}, "INVALID_INPUT"),
        (BEFORE, OPENS, {"stock": 9}, "CAMPAIGN_OPEN"),
        (OPENS, BEFORE, {"stock": 9}, "CAMPAIGN_OPEN"),
        (OPENS, BEFORE, {"closes_at": CLOSES - SECOND}, "CAMPAIGN_OPEN"),
        (OPENS, OPENS, LATER, ""),
        (OPENS, OPENS, LATER | {"stock": 9}, "CAMPAIGN_OPEN"),
        (OPENS, OPENS, {"closes_at": OPENS + timedelta(days=31)}, "INVALID_INPUT"),
        (OPENS, CLOSES, LATER, "CLOSED"),
        (CLOSES, OPENS, LATER, "CLOSED"),
    ],
)
def test_what_may_change_when(now: Any, seen: Any, changes: Any, expected: str) -> None:
    decision = decide_change(HeldCampaign(terms(), seen=seen), changes, now, PARTITIONS)
    if expected:
        assert code(decision) == expected
    else:
        assert decision == Accept((terms(**changes),))


def test_nothing_changes_without_a_change_or_a_campaign() -> None:
    assert decide_change(HeldCampaign(terms()), {"stock": 2}, CLOSES, PARTITIONS) == Unchanged()
    assert code(decide_change(HeldCampaign(None), {}, OPENS, PARTITIONS)) == "CAMPAIGN_NOT_FOUND"
    assert code(decide_change(HeldCampaign(terms(), True), LATER, OPENS, PARTITIONS)) == "CLOSED"


def test_one_way_to_expire_takes_the_place_of_the_other() -> None:
    until = CLOSES + SECOND
    decision = decide_change(HeldCampaign(terms()), {"valid_until": until}, BEFORE, PARTITIONS)
    assert decision == Accept((terms(valid_days=None, valid_until=until),))
    back = decide_change(
        HeldCampaign(terms(valid_days=None, valid_until=until)),
        {"valid_days": 3},
        BEFORE,
        PARTITIONS,
    )
    assert back == Accept((terms(valid_days=3),))


def test_a_campaign_is_cancelled_once() -> None:
    assert decide_cancel(HeldCampaign(terms())) == Accept((terms(),))
    assert decide_cancel(HeldCampaign(terms(), True)) == Unchanged()
    assert code(decide_cancel(HeldCampaign(None))) == str(ErrorCode.CAMPAIGN_NOT_FOUND)


def test_slices_are_as_equal_as_can_be() -> None:
    assert stock_of(10, 4) == (3, 3, 2, 2)
    assert stock_of(1, 2) == (1, 0)
    assert {slice_of("c", str(number), 4) for number in range(100)} == {0, 1, 2, 3}
    assert slice_of("c", "a", 1) == 0
