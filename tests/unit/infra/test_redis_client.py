"""Redis that is away is an outage in our words, which quote no address; a front asks Postgres."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatstream.domain.content.freshness import WINDOW, Unheld
from chatstream.errors import TransientFailure
from infra.redis.client import RedisServer, Script
from infra.redis.hot_posts import RedisHotPosts

POST = "0190a0f0-0000-7000-8000-00000000000a"


@pytest.fixture
def nowhere(tmp_path: Path) -> RedisServer:
    return RedisServer(f"unix://user:planted-secret@{tmp_path}/no.sock", within=60)


async def test_an_outage_quotes_no_address(nowhere: RedisServer) -> None:
    with pytest.raises(TransientFailure) as raised:
        await nowhere.call(Script("return 1"), [])
    assert str(raised.value) == "redis: ConnectionError"
    await nowhere.close()


async def test_while_it_is_away_nobody_can_say_and_deletions_wait(nowhere: RedisServer) -> None:
    now, slept = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        slept.append(seconds)

    posts = RedisHotPosts(nowhere, 8, clock=lambda: now, sleep=sleep)
    assert await posts.post(POST) is Unheld.AWAY
    await posts.settle(POST, None)
    assert slept == [WINDOW]
    await posts.settle(POST, 7)
    assert sum(slept) == pytest.approx(2 * WINDOW)
    await nowhere.close()
