"""Claims over HTTP: the log decides, and its outcome is the answer, also of a repeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.coupons.proof_of_work import zero_bits
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.coupons import Claim
from schemas import records
from schemas.contexts.coupons import CLAIM
from tests.fakes.changes import step
from tests.fakes.coupon_reading import CAMPAIGN_ID, OPENS, campaign_of
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.coupon_rig import AT, CLAIMS, Limits, Rig, coupon_of, denied, issued
from tests.unit.web.edge import fault_of

ONE = str(uuid4())


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await Rig().start(make_edge)


def away(code: str) -> Callable[[Any], object]:
    """Claims are turned away, and nothing is kept."""

    def answer(wish: records.ClaimCoupon) -> object:
        return records.ClaimTurnedAway(
            request_id=wish.request_id,
            account_id=wish.account_id,
            campaign_id=wish.campaign_id,
            code=code,
            reason="no",
            opens_at="2026-12-01T12:00:00.500Z",
            at=AT,
        )

    return answer


async def test_whoever_is_in_time_gets_the_coupon_in_the_answer(rig: Rig) -> None:
    response = await rig.call("POST", CLAIMS, {"claimId": ONE.upper()})
    assert response.status == 201
    body = await response.json()
    assert (body["claimId"], body["place"], body["coupon"]["code"]) == (ONE, 1, "CODE-1")
    assert body["coupon"] | {"couponId": ""} == {
        "couponId": "",
        "campaignId": CAMPAIGN_ID,
        "title": "Winter coffee",
        "benefit": {"kind": "amount", "value": 3000, "text": "off any drink"},
        "code": "CODE-1",
        "issuedAt": AT,
        "validUntil": "2026-12-31T12:00:01.000Z",
        "state": "usable",
    }
    topic, key, wish, identity = rig.wishes.asked[0]
    assert (topic, key) == (CLAIM.request.name, CAMPAIGN_ID)
    assert identity == (rig.account_id, ONE)
    assert isinstance(wish, records.ClaimCoupon)
    assert wish.partitions == 1


async def test_a_refusal_of_the_front_itself_is_counted_and_leaves_no_line(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "web.access")
    rig.coupons.known[CAMPAIGN_ID] = replace(campaign_of(), sold_out=True)
    rig.coupons.claims = []
    await rig.call("POST", CLAIMS, {})  # goes through while the claimants are read
    await rig.wishes.changes.until(lambda: "claimants" in rig.coupons.reads)
    caplog.clear()
    assert (await fault_of(await rig.call("POST", CLAIMS, {})))[:2] == (409, "SOLD_OUT")
    assert caplog.messages == []
    await rig.call("POST", CLAIMS, {"claimId": "no-uuid"})
    await rig.call("POST", f"/coupon/campaigns/{uuid4()}/claims", {})
    assert [line.split()[2] for line in caplog.messages] == ["400", "404"]


async def test_a_claim_without_an_id_gets_one(rig: Rig) -> None:
    first, second = [
        (await (await rig.call("POST", CLAIMS, {})).json())["claimId"] for _ in range(2)
    ]
    assert first != second


async def test_a_claim_goes_where_the_campaign_has_its_partitions(rig: Rig) -> None:
    rig.coupons.known[CAMPAIGN_ID] = campaign_of(partitions=4)
    await rig.call("POST", CLAIMS, {})
    assert rig.wishes.asked[0][2].partitions == 4  # type: ignore[attr-defined]


async def test_a_repeat_gets_the_stored_coupon_as_it_is_now(rig: Rig) -> None:
    rig.coupons.held_coupons = [coupon_of(rig.account_id, "used")]
    rig.wishes.answer = lambda wish: issued(wish, 1)  # type: ignore[arg-type]
    statuses = []
    for _ in range(2):
        response = await rig.call("POST", CLAIMS, {"claimId": ONE})
        statuses.append((response.status, (await response.json())["coupon"]["state"]))
    assert statuses == [(201, "usable"), (200, "used")]


@pytest.mark.parametrize(
    ("code", "status", "details"),
    [
        ("SOLD_OUT", 409, {}),
        ("ALREADY_ISSUED", 409, {"couponId": "k"}),
        ("NOT_ELIGIBLE", 403, {"reason": "muted"}),
        ("CLOSED", 410, {}),
    ],
)
async def test_a_kept_refusal_is_the_answer_of_every_repeat(
    rig: Rig, code: str, status: int, details: dict[str, str]
) -> None:
    rig.wishes.answer = denied(code, details.get("reason", ""), details.get("couponId"))
    for _ in range(2):
        response = await rig.call("POST", CLAIMS, {"claimId": ONE})
        assert await fault_of(response) == (status, code, details)


async def test_what_the_log_finds_too_early_is_told_with_the_time(rig: Rig) -> None:
    rig.wishes.answer = away("NOT_OPEN_YET")
    rig.now = OPENS
    assert await fault_of(await rig.call("POST", CLAIMS, {})) == (
        403,
        "NOT_OPEN_YET",
        {"opensAt": "2026-12-01T12:00:00.500Z", "now": "2026-12-01T12:00:00.000Z"},
    )


@pytest.mark.parametrize(
    ("code", "status"), [("CLAIM_ID_REUSED", 409), ("CAMPAIGN_NOT_FOUND", 404)]
)
async def test_a_claim_that_is_turned_away_is_told_why(rig: Rig, code: str, status: int) -> None:
    rig.wishes.answer = away(code)
    assert (await fault_of(await rig.call("POST", CLAIMS, {})))[:2] == (status, code)


async def test_before_the_opening_and_after_the_sell_out_nothing_is_produced(rig: Rig) -> None:
    rig.now = OPENS - timedelta(minutes=1)
    assert (await fault_of(await rig.call("POST", CLAIMS, {})))[1] == "NOT_OPEN_YET"
    rig.now = OPENS
    assert rig.wishes.asked == []
    rig.coupons.known[CAMPAIGN_ID] = replace(campaign_of(), sold_out=True)
    rig.doors.heard(CAMPAIGN_ID)
    await rig.call("POST", CLAIMS, {})
    await step()
    produced = len(rig.wishes.asked)
    assert (await fault_of(await rig.call("POST", CLAIMS, {})))[:2] == (409, "SOLD_OUT")
    assert len(rig.wishes.asked) == produced


async def test_what_is_no_campaign_and_no_id_is_refused(rig: Rig) -> None:
    for unknown in (str(uuid4()), "no-uuid"):
        response = await rig.call("POST", f"/coupon/campaigns/{unknown}/claims", {})
        assert (await fault_of(response))[:2] == (404, "CAMPAIGN_NOT_FOUND")
    response = await rig.call("POST", CLAIMS, {"claimId": "x"})
    status, code, details = await fault_of(response)
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "claimId")


async def test_work_is_asked_for_and_any_number_that_pays_is_taken(rig: Rig) -> None:
    rig.coupons.known[CAMPAIGN_ID] = campaign_of(proof_of_work=5)
    status, _, details = await fault_of(await rig.call("POST", CLAIMS, {}))
    assert (status, details["field"]) == (400, "proof")
    campaign = await (await rig.call("GET", f"/coupon/campaigns/{CAMPAIGN_ID}")).json()
    work = campaign["proofOfWork"]
    assert work["bits"] == 5
    proof = next(p for n in count() if zero_bits(p := f"{work['challenge']}.{n}") >= 5)
    assert (await rig.call("POST", CLAIMS, {"proof": proof})).status == 201


@pytest.mark.parametrize("name", ["per_account", "per_address"])
async def test_claims_are_limited_by_account_and_by_address(make_edge: MakeEdge, name: str) -> None:
    rig = await Rig(limits=Limits(**{name: 1})).start(make_edge)
    assert (await rig.call("POST", CLAIMS, {})).status == 201
    response = await rig.call("POST", CLAIMS, {})
    assert (await fault_of(response))[:2] == (429, "RATE_LIMITED")
    assert int(response.headers["Retry-After"]) >= 1


# -- what waits -----------------------------------------------------------------------------------


@pytest.fixture
async def slow(make_edge: MakeEdge) -> Rig:
    """The log takes claims, and nothing is decided."""
    rig = await Rig(limits=Limits(claim_wait=0.05, open_claims=1)).start(make_edge)
    rig.wishes.gate.clear()
    return rig


async def test_what_is_not_decided_in_time_is_in_the_queue(slow: Rig) -> None:
    slow.coupons.offsets = {0: 0}
    response = await slow.call("POST", CLAIMS, {"claimId": ONE})
    assert (response.status, await response.json()) == (202, {"claimId": ONE, "place": None})
    waiting = {
        "claimId": ONE,
        "state": "waiting",
        "place": None,
        "ahead": 1,
        "couponId": None,
        "code": None,
    }
    assert await (await slow.call("GET", f"/coupon/claims/{ONE}")).json() == waiting
    campaign = await slow.call("GET", f"/coupon/campaigns/{CAMPAIGN_ID}")
    assert (await campaign.json())["mine"] == waiting
    assert slow.told == [told_of(slow.account_id, ahead=1)]


def told_of(account_id: str, ahead: int | None = None) -> records.ClaimWaits:
    """That the claim ONE waits, at offset 1."""
    return records.ClaimWaits(
        request_id=ONE,
        account_id=account_id,
        campaign_id=CAMPAIGN_ID,
        partition=0,
        offset=1,
        ahead=ahead,
    )


async def test_a_claim_that_another_front_took_waits_for_its_account_alone(rig: Rig) -> None:
    rig.coupons.offsets = {0: 0}
    rig.elsewhere.heard(told_of(rig.account_id))
    shown = await (await rig.call("GET", f"/coupon/claims/{ONE}")).json()
    assert (shown["claimId"], shown["state"], shown["ahead"]) == (ONE, "waiting", 1)
    other = await rig.call("GET", f"/coupon/claims/{ONE}", headers=await rig.edge.operator())
    assert (await fault_of(other))[:2] == (404, "CLAIM_NOT_FOUND")
    rig.elsewhere.decided(0, 1, rig.account_id, ONE)
    gone = await rig.call("GET", f"/coupon/claims/{ONE}")
    assert (await fault_of(gone))[:2] == (404, "CLAIM_NOT_FOUND")


async def test_the_estimate_is_left_out_while_it_cannot_be_read(slow: Rig) -> None:
    await slow.call("POST", CLAIMS, {"claimId": ONE})

    slow.coupons.fault_of["decided"] = TransientFailure("away")
    shown = await (await slow.call("GET", f"/coupon/claims/{ONE}")).json()
    assert (shown["state"], shown["ahead"]) == ("waiting", None)


async def test_a_second_claim_joins_and_another_account_finds_the_front_full(slow: Rig) -> None:
    first, second = await asyncio.gather(
        *(slow.call("POST", CLAIMS, {"claimId": str(uuid4())}) for _ in range(2))
    )
    assert (await first.json())["claimId"] == (await second.json())["claimId"]
    response = await slow.call("POST", CLAIMS, {}, await slow.edge.operator())
    assert (await fault_of(response))[:2] == (503, "BUSY")
    assert int(response.headers["Retry-After"]) >= 1
    assert len(slow.wishes.asked) == 1


class Watched(Rig):
    """Tells when a claim has passed the doors: from there to the open claims nothing waits."""

    looks = 0

    def _clock(self) -> datetime:
        self.looks += 1
        self.wishes.changes.happened()
        return super()._clock()


@pytest.mark.parametrize(
    ("code", "coupons", "answers"),
    [(None, 1, (200, None)), ("SOLD_OUT", 0, (409, "SOLD_OUT")), ("", 1, (409, "ALREADY_ISSUED"))],
)
async def test_a_claim_that_joins_is_answered_with_its_own_outcome_when_it_has_one(
    make_edge: MakeEdge, code: str | None, coupons: int, answers: tuple[int, str | None]
) -> None:
    """The log may have taken it although nobody could say so; "" is one that it never took."""
    rig = Watched()
    await rig.start(make_edge)
    rig.wishes.answer = denied("ALREADY_ISSUED", coupon_id="k")
    rig.wishes.gate.clear()
    first = asyncio.create_task(rig.call("POST", CLAIMS, {"claimId": str(uuid4())}))
    await rig.wishes.changes.until(lambda: len(rig.wishes.asked) == 1)
    second = asyncio.create_task(rig.call("POST", CLAIMS, {"claimId": ONE}))
    await rig.wishes.changes.until(lambda: rig.looks == 2)
    rig.coupons.claims = [] if code == "" else [(rig.account_id, kept(code))]
    rig.coupons.held_coupons = [replace(coupon_of(rig.account_id), coupon_id="k")] * coupons
    rig.wishes.gate.set()
    assert (await fault_of(await first))[:2] == (409, "ALREADY_ISSUED")
    response = await second
    told = None if response.status == 200 else (await fault_of(response))[1]
    assert (response.status, told) == answers
    assert len(rig.wishes.asked) == 1
    if told is None:
        body = await response.json()
        assert (body["claimId"], body["couponId"], body["place"]) == (ONE, "k", 4)


async def test_nobody_joins_a_claim_that_is_decided_though_its_front_did_not_hear(
    slow: Rig,
) -> None:
    first = str(uuid4())
    assert (await slow.call("POST", CLAIMS, {"claimId": first})).status == 202
    slow.coupons.claims = [(slow.account_id, replace(kept("SOLD_OUT"), claim_id=first))]
    slow.coupons.fault_of["claim"] = TransientFailure("away")
    response = await slow.call("POST", CLAIMS, {"claimId": ONE})
    assert (response.status, (await response.json())["claimId"]) == (202, first), "nobody can look"
    slow.coupons.fault_of.clear()
    response = await slow.call("POST", CLAIMS, {"claimId": ONE})
    assert (response.status, (await response.json())["claimId"]) == (202, ONE)
    assert [identity for *_, identity in slow.wishes.asked] == [
        (slow.account_id, first),
        (slow.account_id, ONE),
    ]


async def test_a_log_that_is_away_is_told_as_such(rig: Rig) -> None:
    def fail(_: object) -> object:
        raise UserError(ErrorCode.BUSY, "too many wishes wait", retry_after=1.5)

    rig.wishes.answer = fail
    assert (await fault_of(await rig.call("POST", CLAIMS, {})))[:2] == (503, "BUSY")


# -- what has become of it -------------------------------------------------------------------------


def kept(code: str | None) -> Claim:
    return Claim(
        claim_id=ONE,
        campaign_id=CAMPAIGN_ID,
        partition=0,
        place=4,
        coupon_id=None if code else "k",
        coupon_code=None,
        code=code,
        reason="",
    )


@pytest.mark.parametrize("code", [None, "SOLD_OUT"])
async def test_a_decided_claim_is_told_to_whoever_made_it(rig: Rig, code: str | None) -> None:
    rig.coupons.claims = [(rig.account_id, kept(code))]
    expected = {
        "claimId": ONE,
        "state": "refused" if code else "issued",
        "place": 4,
        "ahead": None,
        "couponId": None if code else "k",
        "code": code,
    }
    assert await (await rig.call("GET", f"/coupon/claims/{ONE}")).json() == expected
    campaign = await rig.call("GET", f"/coupon/campaigns/{CAMPAIGN_ID}")
    assert (await campaign.json())["mine"] == expected
    other = await rig.call("GET", f"/coupon/claims/{ONE}", headers=await rig.edge.operator())
    assert (await fault_of(other))[:2] == (404, "CLAIM_NOT_FOUND")


async def test_what_nobody_knows_is_not_found(rig: Rig) -> None:
    for unknown in (str(uuid4()), "no-uuid"):
        response = await rig.call("GET", f"/coupon/claims/{unknown}")
        assert (await fault_of(response))[:2] == (404, "CLAIM_NOT_FOUND")
