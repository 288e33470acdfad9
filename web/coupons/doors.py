"""What a front answers by itself: before the opening, after the end, and when stock is gone.

A front lets a claim through unless it knows better. That stock is gone, or that a campaign was
cancelled, it learns from the facts, and reads then who has a claim there: these get their own
answer, and everybody else is refused without a record. What is read after the fact has every claim
that was decided before it, in all partitions, so nobody who has won is told "sold out".
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, TransientFailure, UserError
from chatstream.ports.coupons import Campaign
from web.coupons.metrics import REFUSED

log = logging.getLogger(__name__)

CLOCKS = timedelta(seconds=1)
"""By how much the clocks of a front and of the broker may differ before the opening."""
CLOSED_FOR = timedelta(minutes=1)
"""How long after the end a front is sure of it by its own clock."""
PAGE = 10_000
"""Accounts that are read at once."""
MOST = 1_000
"""Campaigns that a front knows at once; the one that was asked for longest ago is forgotten."""


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class DoorReader(Protocol):
    """What doors read of ports.coupons.CouponReader."""

    async def campaign(self, campaign_id: str) -> Campaign | None:
        """See CouponReader."""
        ...

    async def claimants(
        self, campaign_id: str, after: str | None, limit: int
    ) -> tuple[Sequence[str], str | None]:
        """See CouponReader."""
        ...


@dataclass(slots=True)
class _Known:
    """A campaign that was read, and who has a claim in it; None until that is read."""

    campaign: Campaign
    claimants: frozenset[str] | None = None
    reading: asyncio.Task[None] | None = None


class Doors:
    """The doors of one front."""

    def __init__(self, reader: DoorReader, clock: Callable[[], datetime] = utc_now) -> None:
        self._reader = reader
        self._clock = clock
        self._known: OrderedDict[str, asyncio.Task[_Known | None]] = OrderedDict()

    async def pass_through(self, campaign_id: str, account_id: str) -> Campaign:
        """The campaign, when the claim is for the log to decide; raises what is certain without it.

        CAMPAIGN_NOT_FOUND, NOT_OPEN_YET, SOLD_OUT or CLOSED.
        """
        known = await self._know(campaign_id)
        if known is None:
            raise UserError(ErrorCode.CAMPAIGN_NOT_FOUND, "there is no such campaign")
        now, campaign = self._clock(), known.campaign
        opens_at = campaign.terms.opens_at
        if campaign.cancelled_at is None and now < opens_at - CLOCKS:
            REFUSED.labels(ErrorCode.NOT_OPEN_YET).inc()
            raise not_open_yet(to_text(opens_at), now)
        code = _end_of(campaign, now)
        if code is not None and not self._may_have_claim(campaign_id, known, account_id):
            REFUSED.labels(code).inc()
            raise UserError(code, "the campaign is over")
        return campaign

    def heard(self, campaign_id: str) -> None:
        """A fact changed the campaign, or its stock is gone: the next who asks reads it anew."""
        self._known.pop(campaign_id, None)

    async def _know(self, campaign_id: str) -> _Known | None:
        """Read once for all who ask at the same time; who is not there is not remembered."""
        reading = self._known.get(campaign_id)
        if reading is None:
            reading = self._known[campaign_id] = asyncio.create_task(self._read(campaign_id))
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(campaign_id)
        known = None
        try:
            known = await asyncio.shield(reading)
        finally:
            if reading.done() and known is None and self._known.get(campaign_id) is reading:
                del self._known[campaign_id]
        return known

    async def _read(self, campaign_id: str) -> _Known | None:
        campaign = await self._reader.campaign(campaign_id)
        return None if campaign is None else _Known(campaign)

    def _may_have_claim(self, campaign_id: str, known: _Known, account_id: str) -> bool:
        if known.claimants is not None:
            return account_id in known.claimants
        if known.reading is None:
            known.reading = asyncio.create_task(self._read_claimants(campaign_id, known))
        return True

    async def _read_claimants(self, campaign_id: str, known: _Known) -> None:
        found: set[str] = set()
        after: str | None = None
        try:
            while True:
                page, after = await self._reader.claimants(campaign_id, after, PAGE)
                found.update(page)
                if after is None:
                    break
            known.claimants = frozenset(found)
        except TransientFailure as error:
            log.info("who has a claim in %s cannot be read now: %s", campaign_id, error)
        finally:
            known.reading = None


def _end_of(campaign: Campaign, now: datetime) -> ErrorCode | None:
    if campaign.cancelled_at is not None or now >= campaign.terms.closes_at + CLOSED_FOR:
        return ErrorCode.CLOSED
    return ErrorCode.SOLD_OUT if campaign.sold_out else None


def not_open_yet(opens_at: str, now: datetime) -> UserError:
    """The refusal that tells when to come back, and what time it is here."""
    details = {"opensAt": opens_at, "now": to_text(now)}
    return UserError(ErrorCode.NOT_OPEN_YET, "the campaign has not opened", details=details)
