"""What a front answers by itself, and whom it lets through to the log."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.coupons import Claim
from tests.fakes.coupon_reading import CAMPAIGN_ID, CLOSES, OPENS, FakeCoupons, campaign_of
from web.coupons import doors
from web.coupons.doors import CLOCKS, CLOSED_FOR, Doors

MOMENT = timedelta(milliseconds=1)
OPEN = campaign_of()


def claim_of(account: str) -> tuple[str, Claim]:
    """A kept claim of this account."""
    return account, Claim(
        claim_id=f"claim of {account}",
        campaign_id=CAMPAIGN_ID,
        partition=0,
        place=1,
        coupon_id="k",
        coupon_code="CODE",
        code=None,
        reason="",
    )


class World:
    """Doors over a reader, and a clock that is set."""

    def __init__(self) -> None:
        self.now = OPENS
        self.reader = FakeCoupons({CAMPAIGN_ID: OPEN})
        self.doors = Doors(self.reader, lambda: self.now)

    async def code(self, account: str = "a", campaign: str = CAMPAIGN_ID) -> ErrorCode | None:
        """The refusal; None when the claim goes to the log."""
        try:
            await self.doors.pass_through(campaign, account)
        except UserError as error:
            return error.code
        return None

    async def settle(self) -> None:
        """What was begun to be read is read."""
        for _ in range(5):
            await asyncio.sleep(0)

    async def sold_out(self, *claimants: str) -> None:
        """The fact, and a first claim after it, by which the claimants are read."""
        self.reader.known[CAMPAIGN_ID] = replace(OPEN, sold_out=True)
        self.reader.claims = [claim_of(each) for each in claimants]
        self.doors.heard(CAMPAIGN_ID)
        assert await self.code("first after it") is None
        await self.settle()


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - CLOCKS - MOMENT, ErrorCode.NOT_OPEN_YET),
        (OPENS - CLOCKS, None),
        (OPENS, None),
        (CLOSES, None),
        (CLOSES + CLOSED_FOR - MOMENT, None),
    ],
)
async def test_only_what_no_clock_can_doubt_is_refused(
    world: World, now: datetime, expected: ErrorCode | None
) -> None:
    world.now = now
    assert await world.code() is expected


async def test_who_is_early_is_told_when_it_opens_and_what_time_it_is(world: World) -> None:
    world.now = OPENS - timedelta(minutes=1)
    with pytest.raises(UserError) as raised:
        await world.doors.pass_through(CAMPAIGN_ID, "a")
    assert raised.value.details == {
        "opensAt": "2026-12-01T12:00:00.000Z",
        "now": "2026-12-01T11:59:00.000Z",
    }


async def test_after_the_fact_only_who_has_a_claim_reaches_the_log(world: World) -> None:
    assert await world.code("loser") is None
    await world.sold_out("winner")
    assert await world.code("loser") is ErrorCode.SOLD_OUT
    assert await world.code("winner") is None


async def test_until_it_is_read_who_has_a_claim_everybody_reaches_the_log(world: World) -> None:
    world.reader.known[CAMPAIGN_ID] = replace(OPEN, sold_out=True)
    world.reader.claims = [claim_of("winner")]
    assert await world.code("loser") is None
    world.reader.held = asyncio.Event()
    await asyncio.sleep(0)
    assert await world.code("loser") is None
    world.reader.held.set()
    await world.settle()
    assert await world.code("loser") is ErrorCode.SOLD_OUT
    assert world.reader.reads.count("claimants") == 1


async def test_a_store_that_is_away_is_asked_again(world: World) -> None:
    world.reader.fault = TransientFailure("away")
    with pytest.raises(TransientFailure):
        await world.doors.pass_through(CAMPAIGN_ID, "loser")
    world.reader.fault = None
    assert await world.code("loser") is None


async def test_nobody_is_refused_while_it_cannot_be_read_who_has_a_claim(world: World) -> None:
    world.reader.known[CAMPAIGN_ID] = replace(OPEN, sold_out=True)
    assert await world.code("loser") is None
    world.reader.fault = TransientFailure("away")
    await world.settle()
    assert await world.code("loser") is None
    world.reader.fault = None
    await world.settle()
    assert await world.code("loser") is ErrorCode.SOLD_OUT


async def test_claimants_are_read_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "PAGE", 2)
    winners = [f"winner {n}" for n in range(5)]
    await world.sold_out(*winners)
    assert [await world.code(each) for each in winners] == [None] * 5
    assert await world.code("loser") is ErrorCode.SOLD_OUT


async def test_a_cancelled_campaign_is_closed_also_before_it_opened(world: World) -> None:
    world.now = OPENS - timedelta(minutes=1)
    world.reader.known[CAMPAIGN_ID] = replace(OPEN, cancelled_at=OPENS, sold_out=True)
    assert await world.code() is None
    await world.settle()
    assert await world.code() is ErrorCode.CLOSED


async def test_long_after_the_end_it_is_closed_and_a_later_end_opens_it(world: World) -> None:
    world.now = CLOSES + CLOSED_FOR
    assert await world.code() is None
    await world.settle()
    assert await world.code() is ErrorCode.CLOSED
    world.reader.known[CAMPAIGN_ID] = campaign_of(closes_at=CLOSES + timedelta(hours=1))
    world.doors.heard(CAMPAIGN_ID)
    assert await world.code() is None


async def test_a_crowd_reads_a_door_once(world: World) -> None:
    world.reader.held = asyncio.Event()
    crowd = [asyncio.create_task(world.code(str(n))) for n in range(100)]
    await asyncio.sleep(0)
    world.reader.held.set()
    assert set(await asyncio.gather(*crowd)) == {None}
    assert world.reader.reads == [f"campaign {CAMPAIGN_ID}"]


async def test_what_is_not_there_is_not_remembered(world: World) -> None:
    assert await world.code(campaign="new") is ErrorCode.CAMPAIGN_NOT_FOUND
    world.reader.known["new"] = campaign_of("new")
    assert await world.code(campaign="new") is None


async def test_the_door_asked_for_longest_ago_is_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "MOST", 2)
    world.reader.known = {each: campaign_of(each) for each in "cde"}
    for campaign in "cdcece":
        await world.code(campaign=campaign)
    assert world.reader.reads == ["campaign c", "campaign d", "campaign e"]
    await world.code(campaign="d")
    assert world.reader.reads[3:] == ["campaign d"]
