"""Nothing lost, nothing twice: faults one after the other while clients chat."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import pytest

from infra.embedded.stack import Stack
from tests.faults.injections import SMALL, Fault
from tests.faults.newcomers import Newcomers
from tests.faults.reading import Readers, check_unread, end
from tests.faults.removals import Removals
from tests.faults.silence import Outage, report
from tests.faults.traffic import Traffic
from tests.faults.verify import check_everything

log = logging.getLogger(__name__)


async def chat_through(stack: Stack, traffic: Traffic, faults: Sequence[Fault]) -> None:
    """Keep the clients talking until the last fault is over; then check everything."""
    readers, removals = Readers(), Removals(traffic.base_url)
    newcomers = Newcomers(traffic.base_url)
    await removals.open()
    await newcomers.open()
    await traffic.open()
    talking = asyncio.create_task(traffic.talk())
    removing = asyncio.create_task(removals.run())
    arriving = asyncio.create_task(newcomers.run())
    reading = [asyncio.create_task(readers.read(each)) for each in traffic.listeners]
    outages: list[Outage] = []
    try:
        for fault in faults:
            began = time.monotonic()
            before = len(traffic.sent)
            outages.append(await fault(stack, traffic))
            await traffic.progress(outages[-1].back)
            log.info(
                "%s: %.1f s, %d acknowledged meanwhile",
                fault.__name__,
                time.monotonic() - began,
                len(traffic.sent) - before,
            )
        traffic.finish()
        removals.finish()
        newcomers.finish()
        await talking
        for line in report(stack, traffic.answers, outages, time.monotonic()):
            log.info("%s", line)
        await removing
        await arriving
        await end(reading)
        await check_everything(stack, traffic)
        await removals.check(stack)
        newcomers.check()
        readers.check_positions(stack, list(traffic.rooms))
        for room_id, people in traffic.rooms.items():
            await check_unread(people[0], stack, room_id)
        log.info(
            "%d messages in %d rooms, %d sent again with the same id: each stored, shown, counted "
            "and found once; %d removals",
            len(traffic.sent),
            len(traffic.rooms),
            traffic.repeats.total(),
            removals.count,
        )
    finally:
        talking.cancel()
        removing.cancel()
        arriving.cancel()
        await removals.close()
        await newcomers.close()
        for task in reading:
            task.cancel()
        await traffic.close()


@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_doubled_through_twelve_faults(stack: Stack) -> None:
    await chat_through(stack, Traffic(stack.base_url, clients=6, messages=100), SMALL)
