"""ports.post_copies.PostCopy: the fake of the unit tests and Redis alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from chatstream.ports.post_copies import CopyProof, PostCopy
from infra.redis.post_copy import RedisPostCopy
from infra.redis.post_scripts import key_of
from tests.fakes.post_copies import FakePostCopy
from tests.operate.hot_worlds import reaching
from tests.operate.redis_server import OwnRedis

pytestmark = pytest.mark.operate

PLACE = 3


@dataclass
class Both:
    """A copy whose fillers are taken for dead at once, and a look at what it has."""

    copy: PostCopy
    redis: OwnRedis | None
    stack: AsyncExitStack

    async def posts(self) -> dict[str, Any]:
        if isinstance(self.copy, FakePostCopy):
            return dict(self.copy.parts[PLACE].posts)
        assert self.redis is not None
        words = self.redis.ask("hgetall", key_of(PLACE)).splitlines()
        told = dict(zip(words[::2], words[1::2], strict=True))
        return {k: msgspec.json.decode(v) for k, v in told.items() if not k.startswith("#")}

    async def restart(self) -> None:
        """Its server begins anew with what it has."""
        if isinstance(self.copy, FakePostCopy):
            self.copy.history = "h2"
            return
        assert self.redis is not None
        self.redis.ask("save")
        self.redis.kill()
        self.redis.start()
        server = await self.stack.enter_async_context(reaching(self.redis))
        self.copy = RedisPostCopy(server, lease=0.0)


@pytest.fixture(params=["fake", "redis"])
async def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Both]:
    async with AsyncExitStack() as stack:
        if request.param == "fake":
            yield Both(FakePostCopy(), None, stack)
            return
        redis = OwnRedis(tmp_path_factory.mktemp("redis"))
        redis.start()
        stack.callback(redis.stop)
        server = await stack.enter_async_context(reaching(redis))
        yield Both(RedisPostCopy(server, lease=0.0), redis, stack)


async def filled(both: Both, cursor: int, **posts: Any) -> None:
    assert await both.copy.begin(PLACE, "filled")
    assert await both.copy.fill(PLACE, "filled", posts)
    assert await both.copy.finish(PLACE, "filled", cursor)


async def test_what_is_not_whole_is_not_brought_further(both: Both) -> None:
    assert await both.copy.apply(PLACE, 0, 1, {"a": {"v": 1}}) is None
    assert await both.copy.begin(PLACE, "token")
    assert await both.copy.apply(PLACE, 0, 1, {"a": {"v": 1}}) is None
    assert await both.posts() == {}


async def test_facts_below_are_passed_over_and_gaps_are_refused(both: Both) -> None:
    await filled(both, 3, a={"v": 3})
    assert await both.copy.apply(PLACE, 4, 5, {"a": {"v": "gap"}}) == 3
    assert await both.copy.apply(PLACE, 0, 3, {"a": {"v": "old"}}) == 3
    assert await both.posts() == {"a": {"v": 3}}
    assert await both.copy.apply(PLACE, 2, 5, {"a": None, "b": {"v": 5}}) == 5
    assert await both.copy.apply(PLACE, 2, 5, {"a": {"v": "again"}}) == 5
    assert await both.posts() == {"b": {"v": 5}}


async def test_of_two_who_fill_one_does_it_whole(both: Both) -> None:
    await filled(both, 1, old={"v": 1})
    assert await both.copy.begin(PLACE, "former")
    assert await both.copy.fill(PLACE, "former", {"a": {"v": 1}})
    assert await both.copy.begin(PLACE, "heir")
    assert not await both.copy.fill(PLACE, "former", {"b": {"v": 1}})
    assert not await both.copy.finish(PLACE, "former", 7)
    assert await both.copy.fill(PLACE, "heir", {"c": {"v": 2}, "a": None})
    assert await both.copy.finish(PLACE, "heir", 8)
    assert await both.posts() == {"c": {"v": 2}}
    assert (await both.copy.now([PLACE])).cursors == {PLACE: 8}
    assert not await both.copy.fill(PLACE, "heir", {"d": {"v": 1}})


async def test_what_has_come_to_its_head_is_proved(both: Both) -> None:
    await filled(both, 2)
    moment = await both.copy.now([PLACE, PLACE + 1])
    assert moment.cursors == {PLACE: 2}
    heads = {PLACE: CopyProof(2, 0), PLACE + 1: CopyProof(0, 0)}
    assert await both.copy.prove(moment, heads) == 1
    assert await both.copy.prove(moment, {PLACE: CopyProof(3, 0)}) == 0


async def test_a_moment_of_one_history_proves_nothing_in_the_next(both: Both) -> None:
    await filled(both, 1)
    before = await both.copy.now([PLACE])
    assert await both.copy.prove(before, {PLACE: CopyProof(1, 0)}) == 1
    await both.restart()
    after = await both.copy.now([PLACE])
    assert after.history != before.history
    assert await both.copy.prove(before, {PLACE: CopyProof(1, 0)}) == 0
    assert await both.copy.prove(after, {PLACE: CopyProof(1, 0)}) == 1


async def test_who_fills_is_left_alone_while_it_gives_signs_of_life(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    redis = OwnRedis(tmp_path_factory.mktemp("redis"))
    redis.start()
    try:
        async with reaching(redis) as server:
            copy = RedisPostCopy(server, lease=60.0)
            assert await copy.begin(PLACE, "first")
            assert not await copy.begin(PLACE, "second")
            assert await copy.begin(PLACE, "first")
            assert await RedisPostCopy(server, lease=0.0).begin(PLACE, "second")
    finally:
        redis.stop()
