"""A check beside an app: again and again, through outages, or never."""

from __future__ import annotations

import asyncio
import logging

import pytest

from agents.periodic_check import PeriodicCheck
from chatstream.errors import TransientFailure


class Counting(PeriodicCheck):
    """Fails the first time; tells of the third."""

    what = "it was"

    def __init__(self, interval: float) -> None:
        super().__init__(interval)
        self.third = asyncio.Event()

    async def check(self) -> None:
        number = next(self.rounds)
        if number == 0:
            raise TransientFailure("postgres is away")
        if number == 2:
            self.third.set()


async def test_it_checks_on_after_an_outage_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    check = Counting(0.001)
    with caplog.at_level(logging.WARNING):
        async with check:
            await asyncio.wait_for(check.third.wait(), 60)
    assert [each.getMessage() for each in caplog.records] == [
        "it was not checked: postgres is away"
    ]


async def test_without_an_interval_it_never_checks() -> None:
    check = Counting(0)
    async with check:
        for _ in range(20):
            await asyncio.sleep(0)
    assert next(check.rounds) == 0
