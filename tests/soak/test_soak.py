"""The fault tests at full size, every fault alone; run by `make soak`, never by `make test`."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice

import pytest

from infra.embedded.stack import Stack
from tests.client.known import chat_dsns
from tests.faults import test_faults
from tests.faults.counting import check_counts, open_talk
from tests.faults.injections import FULL, SEARCH
from tests.faults.scene import played
from tests.faults.signups import SIZE, stored
from tests.faults.traffic import Traffic
from tests.faults.verify import check_tables
from tests.generated import homes_of


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_twenty_clients_and_twenty_thousand_messages_through_all_faults(
    stack: Stack,
) -> None:
    homes = homes_of(chat_dsns(stack)[0])
    traffic = Traffic(stack.base_url, homes, clients=20, messages=1000, pace=0.1)
    async with played(stack, traffic, FULL) as scene:
        assert len(traffic.sent) >= 20_000
        for holds in test_faults.RULES:
            await holds(scene)
        await check_counts(scene.parties.talk)
        for wave in scene.parties.signups.waves.values():
            assert stored(stack, wave.handles) == (SIZE, True)
        for (_, victim), leaver in scene.parties.leavers.by_name.items():
            if victim != SEARCH:
                await leaver.check_gone()


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_every_count_is_exact_through_ten_kills_of_stats_and_of_chat_workers(
    stack: Stack,
) -> None:
    talk = await open_talk(stack.base_url)
    for victims in islice(cycle((("stats-1", "chat-1"), ("chat-2", "stats-2"))), 10):
        speaking = asyncio.create_task(talk.speak(200))
        for victim in victims:
            await asyncio.to_thread(stack.kill, victim)
        await speaking
    await check_counts(talk)
    await check_tables(stack)
    await talk.close()
