"""One's own coupons over HTTP: listed, used once, given back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chatstream.errors import ErrorCode, UserError
from schemas import records
from schemas.contexts.coupons import CLAIM
from tests.fakes.coupon_reading import CAMPAIGN_ID
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.coupon_rig import AT, Limits, Rig, coupon_of
from tests.unit.web.edge import fault_of

ONE = "0199c0de-0000-7000-8000-000000000001"
USE, RETURN = f"/coupon/{ONE}/use", f"/coupon/{ONE}/return"
TILL = {"reference": "till 3, 12:04"}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await with_coupons(await Rig().start(make_edge))


async def with_coupons(rig: Rig) -> Rig:
    """One's own in two states, and somebody else's."""
    rig.coupons.held_coupons = [
        coupon_of(rig.account_id),
        coupon_of(rig.account_id, "expired", 2),
        coupon_of(str(uuid4()), number=3),
    ]
    rig.wishes.answer = carried_out(rig)
    return rig


def carried_out(rig: Rig) -> Callable[[Any], object]:
    def answer(wish: records.CouponWish) -> object:
        base: dict[str, Any] = {
            "request_id": wish.request_id,
            "account_id": wish.account_id,
            "fact_no": 1,
            "campaign_id": wish.campaign_id,
            "coupon_id": wish.coupon_id,
            "owner_id": rig.account_id,
            "at": AT,
        }
        state = "used" if isinstance(wish, records.UseCoupon) else "returned"
        rig.coupons.held_coupons = [
            replace(each, state=state) if each.coupon_id == wish.coupon_id else each
            for each in rig.coupons.held_coupons
        ]
        if isinstance(wish, records.UseCoupon):
            return records.CouponUsed(**base, reference=wish.reference)
        return records.CouponReturned(**base)

    return answer


def answered(code: str | None) -> Callable[[Any], object]:
    """A refusal; None: it was so already."""

    def answer(wish: records.CouponWish) -> object:
        base: dict[str, Any] = {
            "request_id": wish.request_id,
            "account_id": wish.account_id,
            "campaign_id": wish.campaign_id,
            "coupon_id": wish.coupon_id,
            "at": AT,
        }
        if code is None:
            return records.CouponUnchanged(**base)
        return records.CouponRefused(**base, code=code, reason="no")

    return answer


async def test_ones_own_coupons_are_listed_and_nobody_elses(rig: Rig) -> None:
    everything = await (await rig.call("GET", "/coupon")).json()
    assert [each["state"] for each in everything["coupons"]] == ["usable", "expired"]
    assert everything["coupons"][0] == {
        "couponId": ONE,
        "campaignId": CAMPAIGN_ID,
        "title": "Winter coffee",
        "benefit": {"kind": "percent", "value": 10, "text": "off any drink"},
        "code": "CODE-1",
        "issuedAt": "2026-12-01T12:00:00.000Z",
        "validUntil": "2026-12-31T12:00:00.000Z",
        "state": "usable",
    }
    for path in ("/coupon/usable", "/coupon?state=usable"):
        found = await (await rig.call("GET", path)).json()
        assert [each["couponId"] for each in found["coupons"]] == [ONE]


async def test_lists_go_on_by_their_cursor(rig: Rig) -> None:
    first = await (await rig.call("GET", "/coupon?limit=1")).json()
    rest = await (await rig.call("GET", f"/coupon?limit=1&cursor={first['cursor']}")).json()
    assert [each["state"] for each in rest["coupons"]] == ["expired"]
    for path in ("/coupon?state=great", "/coupon?cursor=x", "/coupon/usable?cursor=x"):
        assert (await fault_of(await rig.call("GET", path)))[:2] == (400, "INVALID_INPUT")


async def test_its_owner_uses_a_coupon_and_again_for_the_same(rig: Rig) -> None:
    response = await rig.call("POST", USE, TILL)
    assert (response.status, (await response.json())["state"]) == (200, "used")
    topic, key, wish, _ = rig.wishes.asked[0]
    assert (topic, key) == (CLAIM.request.name, CAMPAIGN_ID)
    assert isinstance(wish, records.UseCoupon)
    assert (wish.spread, wish.reference, wish.as_operator) == (3, TILL["reference"], False)
    rig.wishes.answer = answered(None)
    again = await rig.call("POST", USE, TILL)
    assert (again.status, (await again.json())["state"]) == (200, "used")


async def test_an_operator_who_is_shown_the_code_uses_it(rig: Rig) -> None:
    boss = await rig.edge.operator()
    response = await rig.call("POST", "/coupon/CODE-1/use", TILL, boss)
    assert response.status == 200
    wish = rig.wishes.asked[0][2]
    assert isinstance(wish, records.UseCoupon)
    assert (wish.coupon_id, wish.as_operator) == (ONE, True)
    assert (await fault_of(await rig.call("POST", "/coupon/NONE/use", TILL, boss)))[0] == 404
    assert (await fault_of(await rig.call("POST", USE, TILL, boss)))[0] == 404


async def test_a_coupon_is_given_back_and_again(rig: Rig) -> None:
    assert (await rig.call("POST", RETURN)).status == 204
    assert rig.wishes.asked[0][2].spread == 3  # type: ignore[attr-defined]
    rig.wishes.answer = answered(None)
    assert (await rig.call("POST", RETURN)).status == 204


@pytest.mark.parametrize(("path", "body"), [(USE, TILL), (RETURN, None)])
@pytest.mark.parametrize(
    ("code", "status"), [("ALREADY_USED", 409), ("EXPIRED", 410), ("COUPON_NOT_FOUND", 404)]
)
async def test_what_the_log_refuses_is_told(
    rig: Rig, path: str, body: Any, code: str, status: int
) -> None:
    rig.wishes.answer = answered(code)
    assert (await fault_of(await rig.call("POST", path, body)))[:2] == (status, code)


@pytest.mark.parametrize(("verb", "body"), [("use", TILL), ("return", None)])
async def test_what_is_not_ones_own_is_not_found(rig: Rig, verb: str, body: Any) -> None:
    others = "0199c0de-0000-7000-8000-000000000003"
    for coupon in (others, str(uuid4()), "CODE-1"):
        response = await rig.call("POST", f"/coupon/{coupon}/{verb}", body)
        assert (await fault_of(response))[:2] == (404, "COUPON_NOT_FOUND")
    assert rig.wishes.asked == []


async def test_a_use_is_for_something(rig: Rig) -> None:
    for reference in ("", "x" * 65):
        status, _, details = await fault_of(await rig.call("POST", USE, {"reference": reference}))
        assert (status, details["field"]) == (400, "reference")


@pytest.mark.parametrize("code", [ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE])
async def test_a_log_that_is_away_is_told(rig: Rig, code: ErrorCode) -> None:
    def fail(_: object) -> object:
        raise UserError(code, "later", retry_after=1.5)

    rig.wishes.answer = fail
    assert (await fault_of(await rig.call("POST", USE, TILL)))[:2] == (503, code)
    assert (await fault_of(await rig.call("POST", RETURN)))[:2] == (503, code)


async def test_what_is_done_with_coupons_is_limited(make_edge: MakeEdge) -> None:
    rig = await with_coupons(await Rig(limits=Limits(changes=1)).start(make_edge))
    assert (await rig.call("POST", USE, TILL)).status == 200
    assert (await fault_of(await rig.call("POST", USE, TILL)))[:2] == (429, "RATE_LIMITED")
    assert (await fault_of(await rig.call("POST", RETURN)))[:2] == (429, "RATE_LIMITED")
