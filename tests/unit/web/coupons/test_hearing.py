"""What a front learns of coupons from the records that its tail reads, and whom it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chatstream.errors import ErrorCode, UserError
from schemas import records
from tests.fakes.coupon_reading import CAMPAIGN_ID, OPENS, FakeCoupons, campaign_of
from tests.unit.web.coupon_rig import AT, denied, issued
from web.coupons.doors import Doors
from web.coupons.elsewhere import WaitingElsewhere
from web.coupons.hearing import CouponHearing
from web.coupons.open_claims import OpenClaims
from web.coupons.pace import ClaimPace
from web.live.coupons import NEWS, CouponIssuedTold, CouponPlaceTold, CouponRefusedTold

WISH = records.ClaimCoupon(
    request_id=str(uuid4()), account_id=str(uuid4()), campaign_id=CAMPAIGN_ID, requested_at=AT
)
ISSUED = issued(WISH, 5)
REFUSED: Any = denied("ALREADY_ISSUED", "", "k")(WISH)
WAITS = records.ClaimWaits(
    request_id=WISH.request_id,
    account_id=WISH.account_id,
    campaign_id=CAMPAIGN_ID,
    partition=0,
    offset=5,
    ahead=3,
)


class Late:
    """A sender that gives up waiting for what is in the log."""

    async def ask(self, topic: str, wish: Any, logged: Any = None) -> object:
        logged(0, 5)
        raise UserError(ErrorCode.STORE_UNAVAILABLE, "no outcome yet")


class World:
    """A front's parts over a reader, and a clock that is set."""

    def __init__(self) -> None:
        self.now, self.seconds = OPENS, 100.5
        self.reader = FakeCoupons({CAMPAIGN_ID: campaign_of()})
        self.told: list[object] = []
        self.hearing = CouponHearing(
            doors=Doors(self.reader, lambda: self.now),
            claims=OpenClaims(Late(), "claims", 10, 60.0),
            elsewhere=WaitingElsewhere(),
            pace=ClaimPace(lambda: self.seconds),
            tell=lambda partition, record: self.told.append(record),
        )

    async def lets_through(self) -> bool:
        try:
            await self.hearing.doors.pass_through(CAMPAIGN_ID, WISH.account_id)
        except UserError:
            return False
        return True


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("kind", [records.CampaignChanged, records.CampaignCancelled])
async def test_a_fact_about_a_campaign_is_believed_at_once(world: World, kind: Any) -> None:
    assert await world.lets_through()
    later = campaign_of(opens_at=OPENS + timedelta(minutes=30))
    world.reader.known[CAMPAIGN_ID] = later
    assert await world.lets_through()
    fact = kind(
        request_id=str(uuid4()),
        account_id=str(uuid4()),
        fact_no=2,
        campaign_id=CAMPAIGN_ID,
        terms=records.told_terms(later.terms),
        at=AT,
    )
    world.hearing.of_campaign(0, fact)
    assert not await world.lets_through()


async def test_the_sell_out_is_learned_and_who_claimed_is_read(world: World) -> None:
    assert await world.lets_through()
    world.reader.known[CAMPAIGN_ID] = replace(campaign_of(), sold_out=True)
    sold_out = records.CampaignSoldOut(fact_no=9, campaign_id=CAMPAIGN_ID, upto={"0": 8}, at=AT)
    world.hearing.of_claim(0, sold_out)
    assert await world.lets_through()


@pytest.mark.parametrize("record", [ISSUED, REFUSED])
async def test_a_decided_claim_is_counted_told_and_no_longer_under_way(
    world: World, record: Any
) -> None:
    await world.hearing.claims.claim(WISH)
    assert world.hearing.claims.of(CAMPAIGN_ID, WISH.account_id) is not None
    world.hearing.of_claim(0, record)
    assert world.hearing.claims.of(CAMPAIGN_ID, WISH.account_id) is None
    world.seconds += 1
    assert world.hearing.pace.rate(CAMPAIGN_ID) == 1
    assert world.told == [record]


async def test_a_claim_that_is_turned_away_is_no_longer_under_way(world: World) -> None:
    await world.hearing.claims.claim(WISH)
    away = records.ClaimTurnedAway(
        request_id=WISH.request_id,
        account_id=WISH.account_id,
        campaign_id=CAMPAIGN_ID,
        code="NOT_OPEN_YET",
        reason="no",
        at=AT,
    )
    world.hearing.of_waiting(3, WAITS)
    world.hearing.of_claim(0, away)
    assert world.hearing.claims.of(CAMPAIGN_ID, WISH.account_id) is None
    assert world.hearing.elsewhere.named(WISH.request_id, WISH.account_id) is None


@pytest.mark.parametrize("record", [ISSUED, REFUSED])
def test_a_claim_that_another_front_told_of_waits_until_it_is_decided(
    world: World, record: Any
) -> None:
    elsewhere, named = world.hearing.elsewhere, (WISH.request_id, WISH.account_id)
    world.hearing.of_waiting(3, WAITS)
    waiting = elsewhere.named(*named)
    assert waiting is not None
    assert waiting.place == (0, 5)
    world.hearing.of_claim(0, record)
    assert elsewhere.named(*named) is None
    assert world.told == [WAITS, record]


def test_whoever_claimed_is_told_that_it_waits_and_about_how_many_are_before() -> None:
    [row] = [row for row in NEWS.accounts if row.record is records.ClaimWaits]
    place = CouponPlaceTold(campaign_id=CAMPAIGN_ID, claim_id=WISH.request_id, ahead=3)
    assert [*row.told(WAITS, ())] == [(WISH.account_id, place)]


def test_whoever_claimed_is_told_the_outcome_and_never_the_code() -> None:
    rows = {row.record: row for row in NEWS.accounts}
    told = [*rows[records.CouponIssued].told(ISSUED, ())]
    told += rows[records.ClaimRefused].told(REFUSED, ())
    named: dict[str, Any] = {"campaign_id": CAMPAIGN_ID, "claim_id": WISH.request_id, "place": 1}
    assert told == [
        (
            WISH.account_id,
            CouponIssuedTold(**named, coupon_id=ISSUED.coupon_id, valid_until=ISSUED.valid_until),
        ),
        (WISH.account_id, CouponRefusedTold(**named, code="ALREADY_ISSUED", coupon_id="k")),
    ]
