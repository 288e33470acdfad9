"""Posts are written, changed and deleted while every part that they pass through is hurt."""

from __future__ import annotations

import logging

import pytest

from infra.embedded.stack import Stack
from tests.faults.posting import Press
from tests.faults.posting_blows import SMALL, all_there
from tests.faults.posting_proof import Proof

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.stack, pytest.mark.faults, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("blow", SMALL)
async def test_nothing_is_seen_that_has_not_passed_and_nothing_that_passed_is_missing(
    stack: Stack, blow: str
) -> None:
    """Through a blow: nothing refused or deleted is shown, and feeds are what the facts say."""
    await all_there(stack)
    press = await Press.opened(stack)
    try:
        await press.hurt(SMALL[blow])
        log.info("%s: %s", blow, await Proof(press).check())
    finally:
        await press.close()
