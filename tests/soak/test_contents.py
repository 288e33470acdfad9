"""Posts in thirty rounds, each with a blow in its midst."""

from __future__ import annotations

import logging
from itertools import cycle, islice

import pytest

from infra.embedded.stack import Stack
from tests.faults.posting import Press
from tests.faults.posting_blows import FULL, all_there
from tests.faults.posting_proof import Proof

log = logging.getLogger(__name__)

ROUNDS = 30


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_thirty_rounds_show_what_has_passed_and_nothing_else(stack: Stack) -> None:
    for number, blow in enumerate(islice(cycle(FULL), ROUNDS), start=1):
        await all_there(stack)
        press = await Press.opened(stack)
        try:
            await press.hurt(FULL[blow])
            log.info("round %d, %s: %s", number, blow, await Proof(press).check())
        finally:
            await press.close()
