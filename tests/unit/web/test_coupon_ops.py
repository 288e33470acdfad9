"""How campaigns stand, for operators."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from chatstream.ports.coupons import Live
from tests.fakes.coupon_reading import CAMPAIGN_ID, CLOSES, OPENS, campaign_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.coupon_rig import AUDIT, PROOF, Rig
from tests.unit.web.edge import fault_of
from web.coupons.pace import ClaimPace

ONE = f"/ops/coupons/{CAMPAIGN_ID}/live"
NUMBERS = {"rate": 6.0, "waiting": 7, "issued": 60, "left": 40, "refused": {"ALREADY_ISSUED": 3}}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    clock = iter([0.0, *[0.5] * 6, *[1.5] * 100])
    pace = ClaimPace(lambda: next(clock))
    for _ in range(6):
        pace.heard(CAMPAIGN_ID)
    rig = await Rig(pace=pace).start(make_edge)
    rig.headers = await rig.edge.operator()
    rig.coupons.numbers[CAMPAIGN_ID] = Live(issued=60, left=40, refused={"ALREADY_ISSUED": 3})
    return rig


async def test_a_campaign_has_its_numbers(rig: Rig) -> None:
    assert await (await rig.call("GET", ONE)).json() == NUMBERS


async def test_the_list_has_them_with_what_each_campaign_is(rig: Rig) -> None:
    shown = await (await rig.call("GET", "/ops/coupons")).json()
    assert shown == {
        "campaigns": [
            NUMBERS
            | {
                "campaignId": CAMPAIGN_ID,
                "title": "Winter coffee",
                "stock": 100,
                "state": "open",
                "opensAt": "2026-12-01T12:00:00.000Z",
                "closesAt": "2026-12-01T13:00:00.000Z",
                "audit": None,
            }
        ],
        "cursor": None,
    }


@pytest.mark.parametrize(
    ("now", "cancelled_at", "state"), [(CLOSES, None, "closed"), (OPENS, OPENS, "cancelled")]
)
async def test_a_campaign_that_is_over_has_its_audit_and_what_differed(
    rig: Rig, now: datetime, cancelled_at: datetime | None, state: str
) -> None:
    rig.now = now
    rig.coupons.known[CAMPAIGN_ID] = replace(campaign_of(), cancelled_at=cancelled_at)
    (shown,) = (await (await rig.call("GET", "/ops/coupons")).json())["campaigns"]
    assert (shown["state"], shown["audit"]) == (state, None)
    rig.audits.audits[CAMPAIGN_ID] = replace(
        AUDIT, difference_count=2, differences=("one",), audited_at=CLOSES
    )
    (shown,) = (await (await rig.call("GET", "/ops/coupons")).json())["campaigns"]
    assert shown["audit"] == PROOF | {
        "differenceCount": 2,
        "differences": ["one"],
        "auditedAt": "2026-12-01T13:00:00.000Z",
    }


async def test_without_the_lag_monitor_nobody_guesses_who_waits(rig: Rig) -> None:
    rig.queue = None
    assert (await (await rig.call("GET", ONE)).json())["waiting"] is None


async def test_browsers_get_the_page(rig: Rig) -> None:
    response = await rig.call("GET", "/ops/coupons", headers=rig.headers | {"Accept": "text/html"})
    assert response.content_type == "text/html"
    assert "Accept" in response.headers["Vary"]


async def test_an_unknown_campaign_is_not_found(rig: Rig) -> None:
    response = await rig.call("GET", f"/ops/coupons/{uuid4()}/live")
    assert (await fault_of(response))[:2] == (404, "CAMPAIGN_NOT_FOUND")


async def test_only_operators_see_it(rig: Rig) -> None:
    person = {"Authorization": f"Bearer {(await rig.edge.tokens())['accessToken']}"}
    for path in ("/ops/coupons", ONE):
        response = await rig.call("GET", path, headers=person)
        assert (await fault_of(response))[:2] == (403, "ACCESS_DENIED")


async def test_a_wrong_cursor_is_refused(rig: Rig) -> None:
    response = await rig.call("GET", "/ops/coupons?cursor=x")
    assert (await fault_of(response))[:2] == (400, "INVALID_INPUT")
