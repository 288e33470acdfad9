"""ports.hot_posts.PostHolders in Postgres: the latest claim, and the heads at the same moment."""

from __future__ import annotations

import asyncio

from chatstream.domain.content.freshness import LineState
from infra.postgres.pool import Database
from infra.postgres.post_holders import PostgresPostHolders

TOPIC = "kakao.test.holders.RESPONSE"


async def test_a_claim_is_later_than_all_before_and_is_read_with_the_head(
    content_database: Database,
) -> None:
    await content_database.fetch("delete from post_holders")
    await content_database.fetch("delete from lines where topic = %s", (TOPIC,))
    holders = PostgresPostHolders(content_database, TOPIC)
    assert await holders.lines([0, 1]) == {}
    assert await holders.claim([1, 0]) == {0: 1, 1: 1}
    assert await holders.claim([1]) == {1: 2}
    await content_database.fetch(
        "insert into lines (topic, partition, head) values (%s, 1, 7), ('other', 0, 9)"
        " on conflict do nothing",
        (TOPIC,),
    )
    assert await holders.lines([0, 1, 2]) == {0: LineState(0, 1), 1: LineState(7, 2)}
    assert await holders.lines([]) == {}


async def test_claims_at_once_are_different(content_database: Database) -> None:
    holders = [PostgresPostHolders(content_database, TOPIC) for _ in range(5)]
    claims = await asyncio.gather(*(each.claim([5, 4]) for each in holders))
    for partition in (4, 5):
        assert len({each[partition] for each in claims}) == len(holders)
