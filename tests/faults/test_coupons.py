"""Coupons in a rush while who decides, the broker, the database and a front are hurt."""

from __future__ import annotations

import logging

import pytest

from infra.embedded.stack import Stack
from tests.faults.rush_blows import SMALL, all_there
from tests.faults.rush_proof import check_rush
from tests.faults.rushes import Rush

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.stack, pytest.mark.faults, pytest.mark.timeout(1800)]

PEOPLE = 96
# Over both workers, so that one decides while the other is away.
PARTITIONS = {"decider paused": 4, "front killed": 4}


@pytest.mark.parametrize("blow", SMALL)
async def test_a_rush_gives_out_each_coupon_once_and_everybody_hears_what_is_kept(
    stack: Stack, blow: str
) -> None:
    """Through a blow in its midst: none too many, none too few, none twice, no yes without one."""
    await all_there(stack)
    rush = await Rush.laid(stack, PEOPLE, PARTITIONS.get(blow, 1))
    try:
        await rush.hurt(SMALL[blow])
        log.info("%s: %s", blow, await check_rush(rush))
    finally:
        await rush.close()
