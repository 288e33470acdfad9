"""Campaigns over HTTP: everybody reads, operators decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.coupons.proof_of_work import Task, challenge_of
from chatstream.errors import ErrorCode, UserError
from schemas import records
from schemas.contexts.coupons import CAMPAIGN
from tests.fakes.coupon_reading import CAMPAIGN_ID, CLOSES, OPENS, campaign_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.coupon_rig import AT, KEY, Rig
from tests.unit.web.edge import fault_of

ALL = "/coupon/campaigns"
ONE = f"{ALL}/{CAMPAIGN_ID}"
BODY: dict[str, Any] = {
    "title": "Winter coffee",
    "benefit": {"kind": "amount", "value": 3000, "text": "off any drink"},
    "stock": 100,
    "opensAt": "2026-12-01T21:00:00+09:00",
    "closesAt": "2026-12-01T13:00:00.0009Z",
    "validDays": 30,
}


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    rig = await Rig(now=OPENS - timedelta(hours=1)).start(make_edge)
    rig.headers = await rig.edge.operator()
    rig.wishes.answer = stored(rig)
    return rig


def stored(rig: Rig) -> Callable[[Any], object]:
    """Wishes are carried out, as far as the rig's reader shows it."""

    def answer(wish: records.CampaignWish) -> object:
        kind: type[records.CampaignFact] = records.CampaignChanged
        campaign = rig.coupons.known.get(wish.campaign_id, campaign_of(wish.campaign_id))
        if isinstance(wish, records.CreateCampaign):
            kind = records.CampaignCreated
            campaign = replace(campaign, terms=records.terms_of(wish.terms))
        if isinstance(wish, records.CancelCampaign):
            kind, campaign = records.CampaignCancelled, replace(campaign, cancelled_at=OPENS)
        rig.coupons.known[wish.campaign_id] = campaign
        return kind(
            request_id=wish.request_id,
            account_id=wish.account_id,
            fact_no=1,
            campaign_id=wish.campaign_id,
            terms=records.told_terms(campaign.terms),
            at=AT,
        )

    return answer


def refused(code: str, reason: str) -> Callable[[Any], object]:
    def answer(wish: records.CampaignWish) -> object:
        return records.CampaignRefused(
            request_id=wish.request_id,
            account_id=wish.account_id,
            campaign_id=wish.campaign_id,
            code=code,
            reason=reason,
            at=AT,
        )

    return answer


async def test_a_campaign_is_shown_as_it_is_by_the_servers_clock(rig: Rig) -> None:
    rig.now = OPENS
    assert await (await rig.call("GET", ONE)).json() == {
        "campaignId": CAMPAIGN_ID,
        "title": "Winter coffee",
        "benefit": {"kind": "amount", "value": 3000, "text": "off any drink"},
        "stock": 100,
        "issued": 0,
        "state": "open",
        "opensAt": "2026-12-01T12:00:00.000Z",
        "closesAt": "2026-12-01T13:00:00.000Z",
        "now": "2026-12-01T12:00:00.000Z",
        "proofOfWork": None,
        "mine": None,
    }


@pytest.mark.parametrize(
    ("change", "minutes", "state"),
    [
        ({}, -1, "scheduled"),
        ({"sold_out": True}, 1, "soldOut"),
        ({"cancelled_at": OPENS}, -1, "cancelled"),
        ({}, 60, "closed"),
    ],
)
async def test_the_state_follows_the_clock(
    rig: Rig, change: dict[str, Any], minutes: int, state: str
) -> None:
    rig.now = OPENS + timedelta(minutes=minutes)
    rig.coupons.known[CAMPAIGN_ID] = replace(campaign_of(), **change)
    assert (await (await rig.call("GET", ONE)).json())["state"] == state


async def test_a_challenge_is_for_the_caller_and_lasts(rig: Rig) -> None:
    rig.coupons.known[CAMPAIGN_ID] = campaign_of(proof_of_work=12)
    rig.now = OPENS
    work = (await (await rig.call("GET", ONE)).json())["proofOfWork"]
    boss = rig.edge.accounts.by_handle["boss"].account.account_id
    until = int(OPENS.timestamp()) + 300
    challenge = challenge_of(KEY, Task(CAMPAIGN_ID, boss, 12), until)
    assert work == {"challenge": challenge, "bits": 12, "until": "2026-12-01T12:05:00.000Z"}


async def test_campaigns_are_listed_page_by_page(rig: Rig) -> None:
    rig.coupons.known = {each: campaign_of(each) for each in "abc"}
    first = await (await rig.call("GET", f"{ALL}?limit=2&state=scheduled")).json()
    assert [each["campaignId"] for each in first["campaigns"]] == ["a", "b"]
    rest = await (await rig.call("GET", f"{ALL}?limit=2&cursor={first['cursor']}")).json()
    assert ([each["campaignId"] for each in rest["campaigns"]], rest["cursor"]) == (["c"], None)
    for query in ("cursor=x", "state=great", "limit=0"):
        status, code, _ = await fault_of(await rig.call("GET", f"{ALL}?{query}"))
        assert (status, code) == (400, "INVALID_INPUT")


async def test_an_operator_makes_a_campaign_and_again_it_is_the_same(rig: Rig) -> None:
    campaign_id = str(uuid4())
    body = BODY | {"campaignId": campaign_id.upper(), "perAccount": 2}
    shown = [await rig.call("POST", ALL, body) for _ in range(2)]
    assert [each.status for each in shown] == [201, 201]
    assert (await shown[0].json())["campaignId"] == campaign_id
    topic, key, wish, _ = rig.wishes.asked[0]
    assert (topic, key) == (CAMPAIGN.request.name, campaign_id)
    assert isinstance(wish, records.CreateCampaign)
    assert (wish.terms.per_account, wish.terms.valid_days) == (2, 30)
    times = (wish.terms.opens_at, wish.terms.closes_at)
    assert times == ("2026-12-01T12:00:00.000Z", "2026-12-01T13:00:00.000Z")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"stock": 0}, "stock"),
        ({"perAccount": 11}, "perAccount"),
        ({"partitions": 3}, "partitions"),
        ({"partitions": 8}, "partitions"),
        ({"proofOfWork": 25}, "proofOfWork"),
        ({"opensAt": "tomorrow"}, "opensAt"),
        ({"closesAt": "2026-12-01T11:00:00Z"}, "closesAt"),
        ({"validUntil": "2027-01-01T00:00:00Z"}, "validUntil"),
        ({"validDays": None}, "validDays"),
        ({"benefit": BODY["benefit"] | {"value": 0}}, "benefit.value"),
        ({"benefit": BODY["benefit"] | {"kind": "love"}}, "benefit.kind"),
        ({"campaignId": "x"}, "campaignId"),
        ({"price": 1}, "price"),
    ],
)
async def test_what_no_campaign_can_have_is_refused_by_its_field(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    status, code, details = await fault_of(await rig.call("POST", ALL, BODY | change))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.wishes.asked == []


async def test_only_what_is_given_changes(rig: Rig) -> None:
    response = await rig.call("PATCH", ONE, {"closesAt": "2026-12-01T14:00:00Z"})
    assert response.status == 200
    wish = rig.wishes.asked[0][2]
    assert isinstance(wish, records.ChangeCampaign)
    assert wish.changes == records.CampaignChanges(closes_at="2026-12-01T14:00:00.000Z")


@pytest.mark.parametrize("body", [{}, {"stock": None}])
async def test_a_change_changes_something(rig: Rig, body: dict[str, Any]) -> None:
    status, _, details = await fault_of(await rig.call("PATCH", ONE, body))
    assert (status, details["field"]) == (400, "body")
    assert rig.wishes.asked == []


async def test_a_change_is_checked_with_what_stays(rig: Rig) -> None:
    late = (CLOSES + timedelta(minutes=1)).isoformat()
    status, _, details = await fault_of(await rig.call("PATCH", ONE, {"opensAt": late}))
    assert (status, details["field"]) == (400, "closesAt")
    assert rig.wishes.asked == []


async def test_a_campaign_is_cancelled(rig: Rig) -> None:
    response = await rig.call("POST", f"{ONE}/cancel")
    assert (response.status, (await response.json())["state"]) == (200, "cancelled")


@pytest.mark.parametrize(("code", "status"), [("CAMPAIGN_OPEN", 409), ("CLOSED", 410)])
async def test_what_the_log_refuses_is_told(rig: Rig, code: str, status: int) -> None:
    rig.wishes.answer = refused(code, "no")
    assert (await fault_of(await rig.call("PATCH", ONE, {"stock": 5})))[:2] == (status, code)


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        ("another campaign has this campaignId", "campaignId"),
        ("opensAt must be later than now", "opensAt"),
        ("partitions cannot change", "partitions"),
    ],
)
async def test_a_refusal_of_the_log_names_the_field(rig: Rig, reason: str, field: str) -> None:
    rig.wishes.answer = refused("INVALID_INPUT", reason)
    status, _, details = await fault_of(await rig.call("POST", ALL, BODY))
    assert (status, details["field"]) == (400, field)


@pytest.mark.parametrize("code", [ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE])
async def test_a_log_that_is_away_is_told(rig: Rig, code: ErrorCode) -> None:
    def fail(_: object) -> object:
        raise UserError(code, "later", retry_after=1.5)

    rig.wishes.answer = fail
    for method, path, body in (
        ("POST", ALL, BODY),
        ("PATCH", ONE, {"stock": 5}),
        ("POST", f"{ONE}/cancel", None),
    ):
        assert (await fault_of(await rig.call(method, path, body)))[:2] == (503, code)


async def test_only_operators_decide(rig: Rig) -> None:
    person = {"Authorization": f"Bearer {(await rig.edge.tokens())['accessToken']}"}
    for method, path, body in (
        ("POST", ALL, BODY),
        ("PATCH", ONE, {"stock": 5}),
        ("POST", f"{ONE}/cancel", None),
    ):
        response = await rig.call(method, path, body, person)
        assert (await fault_of(response))[:2] == (403, "ACCESS_DENIED")
    assert rig.wishes.asked == []


async def test_what_is_not_there_is_not_found(rig: Rig) -> None:
    rig.wishes.answer = refused("CAMPAIGN_NOT_FOUND", "there is no such campaign")
    for unknown in (f"{ALL}/{uuid4()}", f"{ALL}/no-uuid"):
        for method, path, body in (
            ("GET", unknown, None),
            ("PATCH", unknown, {"stock": 5}),
            ("POST", f"{unknown}/cancel", None),
        ):
            response = await rig.call(method, path, body)
            assert (await fault_of(response))[:2] == (404, "CAMPAIGN_NOT_FOUND")
