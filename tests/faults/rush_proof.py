"""What must hold of a rush in the end, from the rows, from what everybody was told, and the log."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from schemas.services import COUPON
from tests.client.known import rows
from tests.faults.rushes import Device, Rush, Told

_COUPONS = """
select coupon_id::text, claim_id::text, account_id::text from coupons where campaign_id = %s::uuid
"""
_KEPT = """
select wish_id::text, account_id::text, coupon_id::text, code, place from claim_facts
where campaign_id = %s::uuid and place is not null
"""
_SOLD_OUT = "select sold_out from campaigns where campaign_id = %s::uuid"


@dataclass(frozen=True)
class Faults:
    """How often each rule was broken: what is given out, and what was said of it."""

    over: int
    under: int
    doubled: int
    yes_without_coupon: int
    coupon_without_yes: int
    told_otherwise: int

    @classmethod
    def of(cls, rush: Rush) -> Faults:
        """Those of a rush whose every device has its answer."""
        dsn = rush.stack.dsns[COUPON.name]
        coupons = rows(dsn, _COUPONS, rush.campaign_id)
        kept = {row[0]: row[1:] for row in rows(dsn, _KEPT, rush.campaign_id)}
        owners = Counter(account for _, _, account in coupons)
        yes = [(each, told) for each in rush.devices if (told := said(each)).coupon_id]
        has_yes = {each.account_id for each, _ in yes}
        return cls(
            over=max(0, len(coupons) - rush.stock),
            under=max(0, rush.stock - len(coupons)),
            doubled=sum(count - 1 for count in owners.values()),
            yes_without_coupon=sum(
                (told.coupon_id, told.claim_id, each.account_id) not in coupons
                for each, told in yes
            ),
            coupon_without_yes=sum(account not in has_yes for account in owners),
            told_otherwise=sum(
                not _as_kept(each, kept.get(said(each).claim_id), owners) for each in rush.devices
            ),
        )


def said(device: Device) -> Told:
    """The last word that a device has."""
    if device.told is None:
        raise AssertionError(f"{device.claim_id} was never answered")
    return device.told


def _as_kept(device: Device, row: tuple[Any, ...] | None, owners: Counter[str]) -> bool:
    """Whether the answer is the kept one; a front's own is that nothing was left, and keeps none.

    A claim that joined the account's other one is not kept either, and was told what came of that.
    """
    told = said(device)
    if row is None:
        has_coupon = owners[device.account_id] > 0
        return told.code == ("ALREADY_ISSUED" if has_coupon else "SOLD_OUT")
    account_id, coupon_id, code, place = row
    same = (account_id, code) == (device.account_id, told.code)
    if told.coupon_id is not None:
        same = same and coupon_id == told.coupon_id
    return same and told.place in (None, place)


async def check_rush(rush: Rush) -> str:
    """Asserts all of it and cancels the campaign, so that it is over; returns what it came to."""
    faults = await asyncio.to_thread(Faults.of, rush)
    assert faults == Faults(0, 0, 0, 0, 0, 0), f"{faults}: {rush.campaign_id}"
    dsn = rush.stack.dsns[COUPON.name]
    assert await asyncio.to_thread(rows, dsn, _SOLD_OUT, rush.campaign_id) == [(True,)]
    await _repeat(rush)
    await rush.operator.insist("POST", f"/coupon/campaigns/{rush.campaign_id}/cancel")
    kept = len(await asyncio.to_thread(rows, dsn, _KEPT, rush.campaign_id))
    printed = await asyncio.to_thread(rush.stack.command, "coupon", "audit", rush.campaign_id)
    statement = json.loads(printed.splitlines()[-1])
    assert (statement["claims"], statement["issued"]) == (kept, rush.stock)
    repeats = sum((each.repeats for each in rush.devices), Counter[str]())
    return f"{rush.stock} coupons, {kept} claims kept, of {len(rush.devices)}; again: {repeats}"


async def _repeat(rush: Rush) -> None:
    """Every claim made once more is answered the same; of one account one at a time.

    The other one would join it, and be answered as it is.
    """
    people = len({each.account_id for each in rush.devices})
    for devices in (rush.devices[:people], rush.devices[people:]):
        answers = await asyncio.gather(*(each.again() for each in devices))
        for device, again in zip(devices, answers, strict=True):
            told = said(device)
            assert (again.coupon_id, again.code) == (told.coupon_id, told.code), device.claim_id
