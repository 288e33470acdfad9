"""What the workers of `content` do beside their streams."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from agents.contents.feeds import FeedPushes, PopularPosts
from tests.client.waiting import eventually
from tests.fakes.feeds import FakeFanOut


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"chatstream_feed_{name}", labels) or 0.0


async def test_what_waits_is_pushed_without_a_pause_and_what_comes_later_too() -> None:
    fan_out = FakeFanOut(pushes=5, fills=3)
    before = sample("batches_total", of="push"), sample("batches_total", of="fill")
    pushes = FeedPushes(fan_out, interval=0.01)

    async def is_done() -> bool:
        return not fan_out.pushes and not fan_out.fills

    async with pushes:
        await eventually(is_done)
        fan_out.pushes = 2
        await eventually(is_done)
    assert sample("batches_total", of="push") == before[0] + 5
    assert sample("batches_total", of="fill") == before[1] + 2


async def test_while_the_database_is_away_it_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fan_out = FakeFanOut(pushes=2)
    fan_out.is_away = True

    async def is_told() -> bool:
        return "nothing is pushed into feeds: content: away" in caplog.text

    async def is_done() -> bool:
        return not fan_out.pushes

    async with FeedPushes(fan_out, interval=0.01):
        await eventually(is_told)
        assert fan_out.pushes == 2
        fan_out.is_away = False
        await eventually(is_done)


async def test_one_worker_ranks_and_tells_what_waits() -> None:
    fan_out = FakeFanOut(pushes=3)
    is_ours = True
    popular = PopularPosts(fan_out, fan_out, 0, lambda: is_ours)
    await popular.check()
    assert (fan_out.recounts, sample("waiting"), sample("waiting_seconds")) == (1, 3, 7)
    is_ours = False
    await popular.check()
    assert (fan_out.recounts, sample("waiting"), sample("waiting_seconds")) == (1, 0, 0)
