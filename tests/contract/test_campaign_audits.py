"""ports.coupon_audits.AuditStore and AuditReader on the fake and on real Postgres."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from chatstream.domain.coupons.audit import Close
from chatstream.domain.coupons.terms import Terms
from chatstream.ports.coupon_audits import (
    AuditedCampaign,
    AuditReader,
    AuditStore,
    SignedAudit,
)
from chatstream.ports.coupons import CampaignAct
from infra.postgres.campaign_audits import PostgresAudits
from infra.postgres.coupon_audit import PostgresAuditRows
from tests.contract.coupon_rig import Rig
from tests.fakes.coupon_audits import FakeAudits
from tests.fakes.coupons import terms

DAY = 86_400.0


def closing(over_for: float) -> Terms:
    """The terms of a campaign that has been over for so many seconds."""
    closes_at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=over_for)
    return terms(opens_at=closes_at - timedelta(days=2), closes_at=closes_at)


def signed(campaign_id: str, *differences: str) -> SignedAudit:
    """An audit of a campaign."""
    return SignedAudit(
        campaign_id=campaign_id,
        claims=3,
        issued=2,
        digest="d" * 64,
        kid="k",
        signature="s",
        difference_count=len(differences),
        differences=differences,
    )


class Audits(AuditStore, AuditReader, Protocol):
    """Where audits are kept, and read from."""


class World(Protocol):
    """Campaigns and their audits, in whichever store."""

    @property
    def audits(self) -> Audits: ...

    async def make(self, over_for: float) -> str: ...
    async def cancel(self, campaign_id: str) -> None: ...
    async def read(self, campaign_id: str) -> AuditedCampaign: ...


class FakeWorld:
    def __init__(self) -> None:
        self.fake = FakeAudits(now=datetime.now(UTC))
        self.audits: Audits = self.fake

    async def make(self, over_for: float) -> str:
        campaign_id = str(uuid4())
        self.fake.campaigns[campaign_id] = AuditedCampaign(
            campaign_id=campaign_id,
            close=Close(closing(over_for), {}),
            cancelled_at=None,
            partitions=(0,),
            over_for=over_for,
        )
        return campaign_id

    async def cancel(self, campaign_id: str) -> None:
        campaign = await self.read(campaign_id)
        self.fake.campaigns[campaign_id] = replace(
            campaign, cancelled_at=self.fake.now, over_for=max(0.0, campaign.over_for)
        )

    async def read(self, campaign_id: str) -> AuditedCampaign:
        return self.fake.campaigns[campaign_id]


class PostgresWorld:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.audits: Audits = PostgresAudits(rig.database)
        self.rows = PostgresAuditRows(rig.database)

    async def make(self, over_for: float) -> str:
        return await self.rig.create(closing(over_for))

    async def cancel(self, campaign_id: str) -> None:
        await self.rig.ask(campaign_id, CampaignAct.CANCEL)

    async def read(self, campaign_id: str) -> AuditedCampaign:
        found = await self.rows.campaign(campaign_id)
        assert found is not None
        return found


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    return PostgresWorld(request.getfixturevalue("coupons"))


async def waiting(world: World, settle: float = 0.0) -> list[str]:
    return [each.campaign_id for each in await world.audits.waiting(settle)]


async def test_what_is_over_waits_the_oldest_first_and_what_is_not_does_not(world: World) -> None:
    old, older, soon = [await world.make(each) for each in (DAY, 2 * DAY, -DAY)]
    assert await waiting(world) == [older, old]
    assert await waiting(world, 1.5 * DAY) == [older]
    assert (await world.audits.waiting(0))[0].over_for == pytest.approx(2 * DAY, abs=3600)
    await world.cancel(soon)
    assert await waiting(world) == [older, old, soon]
    assert (await world.read(soon)).over_for >= 0
    assert (await world.read(old)).over_for >= DAY


async def test_what_was_cancelled_behind_its_close_was_over_at_the_close(world: World) -> None:
    campaign_id = await world.make(DAY)
    await world.cancel(campaign_id)
    assert (await world.audits.waiting(0))[0].over_for == pytest.approx(DAY, abs=3600)


async def test_the_first_audit_stays_and_is_read_as_it_was_kept(world: World) -> None:
    campaign_id = await world.make(DAY)
    campaign = await world.read(campaign_id)
    assert await world.audits.audit(campaign_id) is None
    assert await world.audits.keep(campaign, signed(campaign_id, "one", "둘"))
    assert not await world.audits.keep(campaign, signed(campaign_id))
    found = await world.audits.audit(campaign_id)
    assert found is not None
    assert found.audited_at is not None
    assert replace(found, audited_at=None) == signed(campaign_id, "one", "둘")
    assert await waiting(world) == []


async def test_nothing_is_kept_of_a_campaign_that_was_cancelled_meanwhile(world: World) -> None:
    campaign_id = await world.make(DAY)
    campaign = await world.read(campaign_id)
    await world.cancel(campaign_id)
    assert not await world.audits.keep(campaign, signed(campaign_id))
    assert await waiting(world) == [campaign_id]
    assert await world.audits.keep(await world.read(campaign_id), signed(campaign_id))


async def test_differences_are_counted_over_all_audits(world: World) -> None:
    assert await world.audits.differing() == 0
    for differences in ((), ("one",), ("two", "three")):
        campaign_id = await world.make(DAY)
        audit = signed(campaign_id, *differences)
        assert await world.audits.keep(await world.read(campaign_id), audit)
    assert await world.audits.differing() == 3


async def test_differences_of_audits_older_than_a_week_are_told_no_more(coupons: Rig) -> None:
    world = PostgresWorld(coupons)
    campaign_id = await world.make(DAY)
    await world.audits.keep(await world.read(campaign_id), signed(campaign_id, "one"))
    await coupons.database.fetch(
        "update campaign_audits set audited_at = audited_at - interval '8 days'"
    )
    assert await world.audits.differing() == 0
