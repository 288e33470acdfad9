"""The steps of a rebuild: what must hold before it switches, and what its end says and leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response

from agents.stats.counting import SOURCES
from chatstream.commands import rebuild as module
from chatstream.commands.rebuild import Rebuild, RebuildError
from chatstream.domain.generations import Generation, Generations
from chatstream.errors import ChatStreamError, ConfigurationError, TransientFailure
from chatstream.settings import KafkaSettings, Settings
from chatstream.settings_groups import StatsSettings
from schemas import records
from tables.followed import generations
from web.counts.generation_http import WorkerState

PARTITIONS = 2


class Worker:
    """A stats worker's own page."""

    def __init__(self, generation: int = 0, *, follows: bool = True) -> None:
        self.generation = generation
        self.follows = follows
        self.ready = True
        self.partitions: list[int] = [0, 1]
        self.counted = 0
        self.url = ""

    async def start(self) -> TestServer:
        app = Application()
        app.router.add_get("/internal/generation", self._state)
        server = TestServer(app)
        await server.start_server()
        self.url = str(server.make_url("/"))
        return server

    async def _state(self, _: Request) -> Response:
        counted = dict.fromkeys(self.partitions, self.counted)
        state = WorkerState(
            self.generation,
            0,
            self.ready,
            self.follows,
            self.partitions,
            dict.fromkeys(SOURCES, counted),
        )
        return Response(body=msgspec.json.encode(state), content_type="application/json")


class Builder:
    """infra.embedded.side_worker.SideWorker without a process; `then` happens when it ends."""

    pid = 7

    def __init__(self) -> None:
        self.page = Worker(generation=1)
        self.environment: dict[str, str] = {}
        self.alive = True
        self.ended = False

    @property
    def url(self) -> str:
        return self.page.url

    def start(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def check(self) -> None:
        if not self.alive:
            raise ConfigurationError("the worker ended by itself")

    def stop(self) -> None:
        self.ended = True


class Heads:
    """Postgres: every line has this many facts."""

    count = 0

    async def head(self, topic: str, partition: int) -> int:
        return self.count


class Rig:
    """A topic in memory, a builder, and the workers that serve."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, http: aiohttp.ClientSession) -> None:
        self.topic = Generations()
        self.away = False
        self.builder = Builder()
        self.workers = [Worker(), Worker()]
        self.heads = Heads()
        self.said: list[str] = []
        self.removed: list[str] = []
        self.http = http
        monkeypatch.setattr(generations, "read", self._read)
        monkeypatch.setattr(generations, "write", self._write)
        monkeypatch.setattr(module, "remove_orphaned_topics", self._remove)
        monkeypatch.setattr(module, "_POLL", 0.01)

    def begin(self) -> Rebuild:
        settings = Settings(
            kafka=KafkaSettings(partitions=PARTITIONS),
            stats=StatsSettings(workers=tuple(worker.url for worker in self.workers)),
        )
        builder: Any = self.builder
        return Rebuild(settings, builder, self.http, self.said.append)

    async def _read(self, _: KafkaSettings) -> Generations:
        if self.away:
            raise TransientFailure("kafka is away")
        return self.topic

    async def _write(
        self, _: KafkaSettings, record: records.GenerationEvent
    ) -> tuple[Generations, bool]:
        generations.fold(self.topic, record)
        return self.topic, self.topic.has_accepted(record.request_id)

    async def _remove(self, _: KafkaSettings, find: Any) -> list[str]:
        names: Iterable[str] = [f"chatstream-stats-v{n * 1000}-t-changelog" for n in range(3)]
        self.removed = [name for found in find(names).values() for name in found]
        return self.removed


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as closing:
        http = await closing.enter_async_context(aiohttp.ClientSession())
        rig = Rig(monkeypatch, http)
        for worker in (*rig.workers, rig.builder.page):
            await closing.enter_async_context(await worker.start())
        yield rig


async def test_the_builder_counts_the_next_generation_by_the_newest_dictionary(rig: Rig) -> None:
    generations.fold(rig.topic, generations.plan_record(Generation(4)))
    generations.fold(rig.topic, generations.dictionary_record(1, rig.topic.lists(0)))
    rebuild = rig.begin()
    assert await rebuild.plan() == Generation(5, 1)
    await rebuild.begin()
    assert rig.builder.environment == {"CHATSTREAM_STATS__GENERATION": "5"}
    assert rig.topic.serving == Generation()


async def test_a_worker_that_would_never_change_over_is_named_first(rig: Rig) -> None:
    rig.workers[1].follows = False
    with pytest.raises(ConfigurationError, match=rig.workers[1].url):
        await rig.begin().plan()
    assert rig.topic.next_number == 1


async def test_counting_ends_when_no_line_of_any_partition_is_short(rig: Rig) -> None:
    rebuild = rig.begin()
    rig.heads.count, rig.builder.page.counted = 3, 2
    counting = asyncio.create_task(rebuild.count(rig.heads))
    await asyncio.wait([counting], timeout=0.1)
    assert not counting.done()
    rig.builder.page.counted, rig.builder.page.partitions = 3, [0]
    await asyncio.wait([counting], timeout=0.1)
    assert not counting.done(), "a partition that nobody holds is not counted"
    rig.builder.page.partitions = [0, 1]
    await counting
    assert rig.said[-1] == "all 12 facts are counted"


async def test_a_builder_that_ends_by_itself_ends_the_rebuild(rig: Rig) -> None:
    rig.heads.count, rig.builder.alive = 3, False
    with pytest.raises(ConfigurationError, match="by itself"):
        await rig.begin().count(rig.heads)


@pytest.mark.parametrize("differences", [0, 1])
async def test_nothing_switches_unless_every_count_agrees_with_postgres(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, differences: int
) -> None:
    rebuild, heads = rig.begin(), rig.heads
    facts: Any = heads
    for worker in rig.workers:
        worker.generation = 1

    class Verifier:
        def __init__(self, *_: object) -> None: ...

        async def wrong(self, workers: list[str], partitions: list[int]) -> int:
            assert (workers, partitions) == ([rig.builder.url], [0, 1])
            return differences

    monkeypatch.setattr(module, "Verifier", Verifier)
    if differences:
        with pytest.raises(RebuildError, match="does not agree"):
            await rebuild.run(facts)
    else:
        await rebuild.run(facts)
    assert rig.topic.serving.number == (0 if differences else 1)


async def test_the_builder_stays_until_every_worker_serves(rig: Rig) -> None:
    rebuild = rig.begin()
    await rebuild.plan()
    await rebuild.switch()
    assert (rig.topic.serving.number, rig.topic.builder) == (1, rig.builder.url)
    rig.workers[0].generation = 1
    handing = asyncio.create_task(rebuild.hand_over())
    await asyncio.wait([handing], timeout=0.1)
    assert (handing.done(), rig.builder.ended) == (False, False)
    rig.workers[1].generation = 1
    await handing
    assert (rig.topic.builder, rig.builder.ended) == ("", True)


async def interrupted(rebuild: Rebuild) -> None:
    async with rebuild.told_how_it_ended():
        await asyncio.Event().wait()


async def test_an_interrupted_rebuild_changes_nothing_and_leaves_nothing(rig: Rig) -> None:
    rebuild = rig.begin()
    await rebuild.plan()
    task = asyncio.create_task(interrupted(rebuild))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(RebuildError, match="generation 0 serves on"):
        await task
    assert rig.builder.ended
    assert rig.removed == ["chatstream-stats-v1000-t-changelog"]


async def fails(rebuild: Rebuild, error: ChatStreamError) -> str:
    """The text of the end of a rebuild that failed."""
    with pytest.raises(RebuildError) as caught:
        async with rebuild.told_how_it_ended():
            raise error
    return str(caught.value)


async def test_a_failure_is_told_with_what_serves(rig: Rig) -> None:
    rebuild = rig.begin()
    await rebuild.plan()
    assert "wrong\nnothing has changed: generation 0" in await fails(rebuild, RebuildError("wrong"))
    assert rig.builder.ended


async def test_a_failure_after_the_switch_says_that_the_new_one_serves(rig: Rig) -> None:
    rebuild = rig.begin()
    await rebuild.plan()
    await rebuild.switch()
    assert "generation 1 serves" in await fails(rebuild, RebuildError("late"))
    assert rig.topic.builder == "", "nobody asks a builder that has ended"
    assert rig.removed == ["chatstream-stats-v0-t-changelog"]


async def test_while_kafka_is_away_nobody_knows_what_serves(rig: Rig) -> None:
    rebuild = rig.begin()
    await rebuild.plan()
    rig.away = True
    assert "not known" in await fails(rebuild, TransientFailure("kafka is away"))
    assert rig.builder.ended
