"""What the workers of `content` do beside their streams."""

from __future__ import annotations

import asyncio

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


async def test_what_is_told_is_pushed_at_once_however_long_the_rest_would_be() -> None:
    fan_out = FakeFanOut()
    pushes = FeedPushes(fan_out, interval=3600)

    async def have_looked() -> bool:
        return len(fan_out.looks) == 2

    async def is_done() -> bool:
        return not fan_out.pushes and not fan_out.fills

    async with pushes:
        await eventually(have_looked)
        fan_out.pushes = 2
        pushes.posts_wait()
        await eventually(is_done)
        fan_out.fills = 2
        pushes.subscribers_wait()
        await eventually(is_done)
    assert sorted(fan_out.looks[:2]) == ["fill", "push"]
    assert fan_out.looks[2:] == ["push", "push", "fill", "fill"]


async def test_what_is_told_during_a_look_is_looked_for_again() -> None:
    fan_out = FakeFanOut()
    pushes = FeedPushes(fan_out, interval=3600)

    def commit(look: str) -> None:
        if look == "push" and fan_out.looks.count("push") == 1:
            pushes.posts_wait()

    fan_out.on_look = commit

    async def have_looked_again() -> bool:
        return fan_out.looks.count("push") == 2

    async with pushes:
        await eventually(have_looked_again)
    assert sorted(fan_out.looks) == ["fill", "push", "push"]


class Restless(FeedPushes):
    """Notes how long it would rest between pushes, `TIMES`, and only then rests."""

    TIMES = 8

    def __init__(self, fan_out: FakeFanOut) -> None:
        super().__init__(fan_out, interval=2.0)
        self.rests: list[float] = []
        self.are_noted = asyncio.Event()

    async def _rest(self, told: asyncio.Event, seconds: float) -> None:
        if told is not self._posts:
            await super()._rest(told, 3600)
        elif len(self.rests) < self.TIMES:
            self.rests.append(seconds)
        else:
            self.are_noted.set()
            await super()._rest(told, 3600)


async def test_looks_that_find_nothing_come_ever_more_seldom_until_one_finds_something() -> None:
    fan_out = FakeFanOut()

    def leave(_: str) -> None:
        if fan_out.looks.count("push") == 7:
            fan_out.pushes = 2

    fan_out.on_look = leave
    pushes = Restless(fan_out)
    async with pushes:
        await pushes.are_noted.wait()
    assert pushes.rests == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 2.0, 4.0]


async def test_a_database_that_is_away_is_asked_no_more_seldom() -> None:
    fan_out = FakeFanOut()
    fan_out.is_away = True
    pushes = Restless(fan_out)
    async with pushes:
        await pushes.are_noted.wait()
    assert pushes.rests == [2.0] * pushes.TIMES


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
