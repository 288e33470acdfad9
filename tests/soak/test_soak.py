"""The fault tests at full size; run by `make soak`, never by `make test`."""

from __future__ import annotations

import pytest

from infra.embedded.stack import Stack
from tests.faults.injections import FULL
from tests.faults.test_faults import chat_through
from tests.faults.test_stats import count_through
from tests.faults.traffic import Traffic


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_twenty_clients_and_twenty_thousand_messages_through_all_faults(
    stack: Stack,
) -> None:
    traffic = Traffic(stack.base_url, clients=20, messages=1000, pace=0.1)
    await chat_through(stack, traffic, FULL)
    assert len(traffic.sent) >= 20_000


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_every_count_is_exact_through_ten_kills_of_stats_and_of_chat_workers(
    stack: Stack,
) -> None:
    await count_through(stack, rounds=10, messages=200)
