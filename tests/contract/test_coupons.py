"""ports.coupons.ClaimStore on the fake and on real Postgres: the order of the log, and repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import pytest

from chatstream.domain.coupons.terms import Terms
from chatstream.ports.coupons import CampaignAct, ClaimStore, ClaimWish
from schemas import records
from tests.contract.coupon_rig import GENERATION, Rig, told
from tests.fakes.coupons import CLOSES, OPENS, FakeClaims, claim, terms


class World(Protocol):
    """Claims of one campaign, in whichever store."""

    campaign_id: str
    store: ClaimStore

    async def make(self, its: Terms) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.campaign_id = str(uuid4())
        self.fake = FakeClaims()
        self.store: ClaimStore = self.fake

    async def make(self, its: Terms) -> None:
        self.fake.add(self.campaign_id, its)


class PostgresWorld:
    def __init__(self, rig: Rig) -> None:
        self.campaign_id = str(uuid4())
        self.rig = rig
        self.store: ClaimStore = rig.claims

    async def make(self, its: Terms) -> None:
        await self.rig.ask(self.campaign_id, CampaignAct.CREATE, terms=its)


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("coupons"))


async def carry_out(world: World, wishes: Sequence[ClaimWish]) -> list[Any]:
    return told(await world.store.carry_out(GENERATION, wishes))


def row(world: World, count: int, at: datetime = OPENS, begin: int = 0) -> list[ClaimWish]:
    """Claims of so many accounts, one after the other."""
    return [
        claim(world.campaign_id, str(uuid4()), str(uuid4()), begin + number, at)
        for number in range(count)
    ]


async def test_the_first_get_the_stock_and_the_last_one_tells_that_it_is_gone(world: World) -> None:
    await world.make(terms())
    wishes = row(world, 4)
    answers = await carry_out(world, wishes)
    assert [type(each) for each in answers] == [
        records.CouponIssued,
        records.CouponIssued,
        records.CampaignSoldOut,
        records.ClaimRefused,
        records.ClaimRefused,
    ]
    facts = [each for each in answers if not isinstance(each, records.CampaignSoldOut)]
    assert [each.claim_id for each in facts] == [wish.request_id for wish in wishes]
    assert [each.fact_no for each in answers] == [1, 2, 3, 4, 5]
    assert [(each.place, each.offset) for each in facts] == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert {each.code for each in facts[2:]} == {"SOLD_OUT"}
    assert answers[2].upto == {str(wishes[0].partition): 2}
    assert len({each.coupon_code for each in facts[:2]}) == 2
    assert await carry_out(world, wishes) == answers


async def test_a_claim_id_is_one_accounts_and_one_campaigns(world: World) -> None:
    await world.make(terms())
    (mine,) = row(world, 1)
    (issued,) = await carry_out(world, [mine])
    (other,) = row(world, 1, begin=1)
    stolen = claim(world.campaign_id, other.account_id, mine.request_id, 1, OPENS)
    (away,) = await carry_out(world, [stolen])
    assert (type(away), away.code) == (records.ClaimTurnedAway, "CLAIM_ID_REUSED")
    assert away.identities == ((other.account_id, mine.request_id),)
    again = claim(world.campaign_id, mine.account_id, mine.request_id, 2, OPENS)
    assert await carry_out(world, [again]) == [issued]


async def test_an_account_gets_its_number_and_hears_which_it_has(world: World) -> None:
    await world.make(terms(per_account=2, stock=9))
    account = str(uuid4())
    wishes = [claim(world.campaign_id, account, str(uuid4()), offset, OPENS) for offset in range(3)]
    first, second, third = await carry_out(world, wishes)
    assert (third.code, third.coupon_id) == ("ALREADY_ISSUED", second.coupon_id)
    assert first.coupon_id != second.coupon_id


async def test_the_time_is_the_records_and_never_goes_back(world: World) -> None:
    await world.make(terms(stock=9))
    times = [OPENS - timedelta(seconds=1), OPENS, OPENS - timedelta(seconds=2), CLOSES]
    wishes = [
        claim(world.campaign_id, str(uuid4()), str(uuid4()), offset, at)
        for offset, at in enumerate(times)
    ]
    answers = {each.request_id: each for each in await carry_out(world, wishes)}
    early, first, stepped, late = (answers[wish.request_id] for wish in wishes)
    assert (early.code, early.opens_at) == ("NOT_OPEN_YET", "2026-12-01T12:00:00.000Z")
    assert isinstance(first, records.CouponIssued)
    assert isinstance(stepped, records.CouponIssued)
    assert stepped.appended_at == "2026-12-01T12:00:00.000Z"
    assert (late.code, late.place) == ("CLOSED", 3)
    anew = claim(world.campaign_id, wishes[0].account_id, wishes[0].request_id, 9, CLOSES)
    assert [each.code for each in await carry_out(world, [anew])] == ["CLOSED"]


async def test_no_campaign_keeps_nothing_and_another_number_of_partitions_neither(
    world: World,
) -> None:
    (unknown,) = row(world, 1, OPENS - timedelta(seconds=1))
    (away,) = await carry_out(world, [unknown])
    assert (type(away), away.code) == (records.ClaimTurnedAway, "CAMPAIGN_NOT_FOUND")
    await world.make(terms())
    wrong = claim(world.campaign_id, str(uuid4()), str(uuid4()), 40, OPENS, partitions=8)
    (away,) = await carry_out(world, [wrong])
    assert (type(away), away.code) == (records.ClaimTurnedAway, "INVALID_INPUT")
