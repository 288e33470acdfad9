"""The copy of posts in a real Redis: lost, old, on another server, written by several."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

import pytest

from chatstream.domain.content.freshness import Unheld
from chatstream.domain.partitions import partition_of
from chatstream.errors import TransientFailure
from infra.embedded.layout import is_free
from infra.redis.client import RedisServer
from infra.redis.hot_posts import RedisHotPosts
from infra.redis.post_copy import RedisPostCopy
from infra.redis.post_scripts import key_of
from schemas import records
from tests.client.waiting import eventually
from tests.operate.hot_worlds import AUTHOR, PARTITIONS, Lines, Worker, World, reaching, texts_of
from tests.operate.redis_server import OwnRedis

pytestmark = pytest.mark.operate

POST = "0190a0f0-0000-7000-8000-00000000000a"
PLACE = partition_of(POST, PARTITIONS)


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def server(redis: OwnRedis) -> AsyncIterator[RedisServer]:
    async with reaching(redis) as server:
        yield server


@pytest.fixture
async def world(server: RedisServer) -> World:
    """Nothing goes on by itself; the worker has claimed all, and shows what it is told to."""
    lines = Lines()
    worker = Worker(lines, RedisPostCopy(server))
    await worker.claim()
    return World(lines, worker, RedisHotPosts(server, PARTITIONS))


async def shows(world: World, content_id: str, wanted: object) -> None:
    """Proved until it is seen: a proof may be too old before it is, on a busy machine."""

    async def is_seen() -> bool:
        await world.worker.copied.prove()
        return bool(await world.seen(content_id) == wanted)

    await eventually(is_seen, every=0.01)


async def published(world: World, *titles: str) -> None:
    """The versions of the post, read and copied."""
    for title in titles:
        world.lines.publish(POST, title)
    await world.worker.read()
    await world.worker.bring()


@pytest.mark.parametrize("command", [("flushall",), ("del", key_of(PLACE))])
async def test_what_is_lost_at_once_is_unknown_until_it_is_made_anew(
    redis: OwnRedis, world: World, command: tuple[str, ...]
) -> None:
    await published(world, "제목")
    await shows(world, POST, "제목")
    redis.ask(*command)
    assert await world.seen(POST) is False
    await world.worker.copied.prove()
    assert await world.seen(POST) is False
    await world.worker.bring()
    await shows(world, POST, "제목")


async def test_a_server_that_is_killed_comes_back_empty_and_is_filled(
    redis: OwnRedis, world: World
) -> None:
    await published(world, "제목")
    await shows(world, POST, "제목")
    redis.kill()
    assert await world.seen(POST) is False
    with pytest.raises(TransientFailure, match="redis: "):
        await world.worker.bring()
    world.lines.publish(POST, "고친 제목", version=2)
    await world.worker.read()
    redis.start()
    assert await world.seen(POST) is False
    await world.worker.bring()
    await shows(world, POST, "고친 제목")


async def test_an_old_snapshot_is_shown_by_nobody_however_young_its_proof(
    redis: OwnRedis, world: World
) -> None:
    await published(world, "제목")
    await shows(world, POST, "제목")
    redis.ask("save")
    world.lines.delete(POST)
    await world.worker.read()
    await world.worker.bring()
    redis.kill()
    redis.start()
    assert redis.ask("hexists", key_of(PLACE), POST) == "1"
    seconds, micros = redis.ask("time").split()
    redis.ask("hset", key_of(PLACE), "#proof", f"{seconds}{micros:0>6}")
    assert await world.seen(POST) is False
    await world.worker.copied.prove()
    assert await world.seen(POST) is False
    await world.worker.bring()
    await shows(world, POST, None)


async def test_a_replica_is_believed_when_it_was_promoted_and_proved(
    redis: OwnRedis, world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await published(world, "제목")
    folder = tmp_path_factory.mktemp("replica")
    port = await free_port(redis)
    follower = OwnRedis(folder, "--replicaof", f"127.0.0.1 {port}")
    follower.start()
    try:
        async with reaching(follower) as other:
            there = RedisHotPosts(other, PARTITIONS)

            async def is_copied() -> bool:
                await world.worker.copied.prove()
                return "#proof" in follower.ask("hkeys", key_of(PLACE))

            await eventually(is_copied)
            assert await there.post(POST) is Unheld.UNPROVED
            with pytest.raises(TransientFailure, match="replica"):
                await RedisPostCopy(other).now([PLACE])
            follower.ask("replicaof", "no", "one")
            seconds, micros = follower.ask("time").split()
            follower.ask("hset", key_of(PLACE), "#proof", f"{seconds}{micros:0>6}")
            assert await there.post(POST) is Unheld.UNPROVED
            heir = Worker(world.lines, RedisPostCopy(other))
            await heir.read()
            await heir.claim()
            await heir.bring()
            await shows(World(world.lines, heir, there), POST, "제목")
    finally:
        follower.stop()


async def free_port(redis: OwnRedis) -> int:
    """The server listens there too, from now on."""
    port = next(port for port in range(21000, 22000) if is_free(port))
    redis.ask("config", "set", "port", str(port))
    return port


async def test_whom_another_worker_replaced_does_no_harm_when_it_goes_on(
    world: World, server: RedisServer
) -> None:
    await published(world, "제목")
    world.lines.publish(POST, "고친 제목", version=2)
    await world.worker.read()
    former = world.worker
    heir = Worker(world.lines, RedisPostCopy(server))
    await heir.claim()
    world.lines.delete(POST)
    await heir.read()
    await heir.bring()
    now = World(world.lines, heir, world.posts)
    await shows(now, POST, None)
    await former.copied.prove()
    await former.bring()
    await shows(now, POST, None)


async def test_a_clock_that_was_put_back_proves_nothing_until_it_is_proved_by_it(
    redis: OwnRedis, world: World
) -> None:
    await published(world, "제목")
    await shows(world, POST, "제목")
    ahead = int(redis.ask("time").split()[0]) + 3600
    redis.ask("hset", key_of(PLACE), "#proof", f"{ahead}000000")
    assert await world.seen(POST) is False
    await shows(world, POST, "제목")


async def test_a_copy_of_another_history_than_the_lines_is_made_anew(
    redis: OwnRedis, world: World
) -> None:
    await published(world, "제목", "verloren")
    for line in (world.lines.facts[PLACE], world.lines.stored_at[PLACE]):
        line.pop()  # a backup without it was restored, and the worker began anew
    worker = Worker(world.lines, world.worker.copying._copy)
    await worker.claim()
    await worker.read()
    restored = World(world.lines, worker, world.posts)

    async def is_made_anew() -> bool:
        await worker.copied.prove()
        await worker.bring()
        return bool(await restored.seen(POST) == "제목")

    await eventually(is_made_anew, every=0.01)
    assert redis.ask("hget", key_of(PLACE), "#cursor") == "1"


async def test_of_what_is_deleted_or_erased_nothing_stays(redis: OwnRedis, world: World) -> None:
    await published(world, "제목")
    world.lines.store(records.ContentViewed, POST, views=1)
    world.lines.store(records.TracesErased, POST, likes=0, views=0)
    await world.worker.read()
    await world.worker.bring()
    assert AUTHOR in "".join(texts_of(redis))
    world.lines.delete(POST)
    await world.worker.read()
    await world.worker.bring()
    assert not {AUTHOR, POST} & set("".join(texts_of(redis)).split())
    assert AUTHOR not in "".join(texts_of(redis))
    assert redis.ask("hkeys", key_of(PLACE)) == "#cursor"
    # As much from a table that knows of the deletion still.
    redis.ask("flushall")
    await world.worker.bring()
    assert redis.ask("hkeys", key_of(PLACE)) == "#cursor"


async def test_a_filling_that_takes_many_steps_has_what_changed_between_them(
    world: World, server: RedisServer
) -> None:
    ids = [f"0190a0f0-0000-7000-8000-{number:012x}" for number in range(400)]
    for content_id in ids:
        world.lines.publish(content_id, "제목")
    await world.worker.read()
    await world.worker.copying.copy()
    assert world.worker.copying.is_filling
    chance = random.Random(7)
    while world.worker.copying.is_filling:
        world.lines.publish(chance.choice(ids), "gleichzeitig", version=2)
        world.lines.delete(chance.choice(ids))
        await world.worker.read()
        for _ in range(5):
            await world.worker.copying.copy()
    await world.worker.bring()
    for partition in range(PARTITIONS):
        held = await server._redis.hgetall(key_of(partition))
        head = len(world.lines.facts[partition])
        own = [each for each in ids if partition_of(each, PARTITIONS) == partition]
        there = {each for each in own if world.lines.folded(each, head) is not None}
        assert held.pop(b"#cursor") == str(head).encode()
        assert {name.decode() for name in held} == there


async def test_an_answer_is_of_the_post_that_was_asked_for_whoever_gives_up(
    world: World, server: RedisServer
) -> None:
    """A connection on which somebody gave up has an answer that nobody waits for."""
    ids = [f"0190a0f0-0000-7000-8000-{number:012x}" for number in range(40)]
    for content_id in ids:
        world.lines.publish(content_id, content_id)
    await world.worker.read()
    await world.worker.bring()
    chance, answers = random.Random(7), 0
    for _ in range(60):
        await world.worker.copied.prove()
        asking = {each: asyncio.create_task(world.posts.post(each)) for each in ids}
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        for each in chance.sample(ids, 20):
            asking.pop(each).cancel()
        for content_id, task in asking.items():
            found = await task
            if not isinstance(found, Unheld):
                assert found.post is not None
                assert found.post["contentId"] == content_id
                answers += 1
    assert answers > 0


async def test_a_server_that_is_away_delays_no_fact(redis: OwnRedis, world: World) -> None:
    await published(world, "제목")
    redis.kill()
    world.lines.publish(POST, "고친 제목", version=2)
    await world.worker.read()
    post = world.worker.posts.post(PLACE, POST)
    assert post is not None
    assert post["title"] == "고친 제목"
    redis.start()
