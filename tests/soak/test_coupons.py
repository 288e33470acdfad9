"""A hundred rushes for coupons, each with a blow in its midst."""

from __future__ import annotations

import logging
from itertools import cycle, islice, product

import pytest

from infra.embedded.stack import Stack
from tests.faults.rush_blows import FULL, all_there
from tests.faults.rush_proof import check_rush
from tests.faults.rushes import Rush

log = logging.getLogger(__name__)

ROUNDS = 100
PEOPLE = 240
PARTITIONS = (1, 4, 8)


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_a_hundred_rushes_give_out_each_coupon_once(stack: Stack) -> None:
    rounds = islice(cycle(product(PARTITIONS, FULL)), ROUNDS)
    for number, (partitions, blow) in enumerate(rounds, start=1):
        await all_there(stack)
        rush = await Rush.laid(stack, PEOPLE, partitions)
        try:
            await rush.hurt(FULL[blow])
            log.info("round %d, %s: %s", number, blow, await check_rush(rush))
        finally:
            await rush.close()
