"""Three brokers lost in every way, round after round, under more people than in `tests/operate`."""

from __future__ import annotations

import pytest

from tests.client.known import chat_dsns
from tests.faults.brokers import chatting
from tests.faults.traffic import Traffic
from tests.faults.verify import (
    check_elasticsearch,
    check_members,
    check_postgres,
    check_sockets,
    check_tables,
    check_words,
    heads_of,
)
from tests.folders import server_folder
from tests.generated import homes_of
from tests.servers import three_brokers

ROUNDS = 4


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_messages_through_rounds_of_lost_and_sleeping_brokers(
    request: pytest.FixtureRequest,
) -> None:
    """In each round the leader is killed and one more, sleeps, and loses its folder."""
    with server_folder(request, "brokers-soak") as root, three_brokers(root) as stack:
        homes = homes_of(chat_dsns(stack)[0])
        traffic = Traffic(stack.base_url, homes, clients=16, messages=300, pace=0.15)
        async with chatting(stack, traffic) as brokers:
            for _ in range(ROUNDS):
                await brokers.lose_two()
                await brokers.pause_leader()
                await brokers.lose_folder()
            await brokers.finish()
            assert brokers.ended == []
            check_postgres(stack, traffic, others=brokers.refusals.said)
            heads = heads_of(stack, traffic)
            await check_sockets(stack, traffic, heads)
            await check_elasticsearch(stack, traffic, heads)
            await check_words(stack, traffic, traffic.users[0])
            await check_tables(stack)
            await check_members(stack, traffic)
