"""The command `stats rebuild`: the live tables counted anew beside those that serve.

A worker of the next generation, the builder, counts everything from Postgres and the log. When it
agrees with a recount, one record makes its generation serve: the other workers start again with it,
and take the builder's partitions over. Until that record nothing has changed for anybody.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from agents.stats.counting import SOURCES
from chatstream.commands.verifying import Verifier
from chatstream.domain.generations import Generation, Generations
from chatstream.errors import ChatStreamError, ConfigurationError, TransientFailure
from chatstream.ports.counting import LineHeads
from chatstream.settings import Settings
from infra.embedded.side_worker import SideWorker
from infra.kafka.orphaned_topics import remove_orphaned_topics
from infra.postgres.facts import PostgresFacts, open_facts
from tables.followed import generations
from tables.stats import changelogs_of
from web.counts.generation_http import WorkerState

_POLL = 0.5
_SAY_EVERY = 5.0
_READY_WITHIN = 180.0
_SWITCHED_WITHIN = 900.0
# Who catches up with what was said until now in this many seconds keeps up with what is being said.
_KEEPS_UP = 5.0

Say = Callable[[str], None]


class RebuildError(ChatStreamError):
    """The rebuild has ended too early; the text says which generation serves."""


def run(settings: Settings, say: Say) -> None:
    """Do all of it, with progress in plain lines.

    Raises RebuildError, ConfigurationError or TransientFailure; the builder has ended then.
    """
    if not settings.stats.workers:
        raise ConfigurationError("CHATSTREAM_STATS__WORKERS names no worker that could serve")
    folder = settings.data_dir.parent / "stats-rebuild"
    with SideWorker("stats", folder, settings.web.host) as builder:
        asyncio.run(_run(settings, builder, say))


async def _run(settings: Settings, builder: SideWorker, say: Say) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as http, open_facts(settings) as facts:
        rebuild = Rebuild(settings, builder, http, say)
        async with rebuild.told_how_it_ended():
            await rebuild.run(facts)


class Rebuild:
    """The steps; what goes wrong before `switch` has changed nothing."""

    def __init__(
        self, settings: Settings, builder: SideWorker, http: aiohttp.ClientSession, say: Say
    ) -> None:
        self.known = Generations()
        self._settings = settings
        self._kafka = settings.kafka
        self._builder = builder
        self._http = http
        self._say = say
        self._own = Generation()
        self._planned = False
        self._certain = True
        self._workers: list[str] = []
        self._partitions = set(range(settings.kafka.partitions))

    @asynccontextmanager
    async def told_how_it_ended(self) -> AsyncIterator[None]:
        """Whatever ends the steps: the builder ends, what nobody uses goes, errors say what serves.

        A cancellation becomes a RebuildError.
        """
        try:
            yield
        except asyncio.CancelledError as error:
            await self._leave()
            raise RebuildError(f"interrupted; {self._verdict()}") from error
        except ChatStreamError as error:
            await self._leave()
            raise RebuildError(f"{error}\n{self._verdict()}") from error
        await self._leave()

    async def run(self, facts: PostgresFacts) -> None:
        """All steps, in their order."""
        await self.plan()
        await self.begin()
        await self.count(facts)
        await self.verify(facts)
        # What was said during the verification, which may take long.
        await self.count(facts)
        await self.switch()
        await self.hand_over()

    async def plan(self) -> Generation:
        """Choose the next generation and the newest dictionary; for good, on the topic."""
        for url in self._settings.stats.workers:
            state = await self._state(url)
            if state is not None and not state.follows:
                raise ConfigurationError(
                    f"{url} has CHATSTREAM_STATS__GENERATION set and would never change over:"
                    " start it without"
                )
        self.known = await generations.read(self._kafka)
        self._own = Generation(self.known.next_number, self.known.dictionary)
        record = generations.plan_record(self._own)
        self.known, self._planned = await generations.write(self._kafka, record)
        if not self._planned:
            raise RebuildError("another rebuild has begun just now")
        return self._own

    async def begin(self) -> None:
        """Start the builder; returns when it holds every partition."""
        self._builder.start({"CHATSTREAM_STATS__GENERATION": str(self._own.number)})
        self._say(
            f"generation {self._own.number}, by dictionary {self._own.dictionary}:"
            f" counted by process {self._builder.pid} at {self._builder.url};"
            f" generation {self.known.serving.number} serves meanwhile"
        )

        async def holds_all() -> bool:
            state = await self._state(self._builder.url)
            return state is not None and self._partitions <= set(state.partitions)

        await self._until(holds_all, _READY_WITHIN, "the builder does not hold every partition")

    async def count(self, heads: LineHeads) -> None:
        """Returns when the builder has counted what there was some seconds ago."""
        took = _KEEPS_UP
        while took >= _KEEPS_UP:
            began = time.monotonic()
            await self._reach({topic: await self._heads(heads, topic) for topic in SOURCES})
            took = time.monotonic() - began

    async def _heads(self, heads: LineHeads, topic: str) -> Mapping[int, int]:
        return {each: await heads.head(topic, each) for each in sorted(self._partitions)}

    async def _reach(self, goal: Mapping[str, Mapping[int, int]]) -> None:
        total = sum(sum(heads.values()) for heads in goal.values())
        said = time.monotonic()
        while True:
            self._builder.check()
            state = await self._state(self._builder.url)
            missing = total if state is None else _missing(goal, state)
            if state is not None and not missing:
                self._say(f"all {total} facts are counted")
                return
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                self._say(f"{total - missing} of {total} facts are counted")
            await asyncio.sleep(_POLL)

    async def verify(self, facts: PostgresFacts) -> None:
        """Compare every partition of the builder with Postgres; RebuildError when one differs."""
        verifier = Verifier(facts, self.known, self._say)
        if await verifier.wrong([self._builder.url], sorted(self._partitions)):
            raise RebuildError(f"generation {self._own.number} does not agree with Postgres")

    async def switch(self) -> None:
        """Let the generation serve: the record on the topic."""
        every = self._settings.stats.workers
        self._workers = [url for url in every if await self._state(url) is not None]
        record = generations.activation_record(self._own.number, self._builder.url)
        self.known, is_accepted = await generations.write(self._kafka, record)
        if not is_accepted:
            raise RebuildError("a newer generation serves already")
        self._say(f"generation {self._own.number} serves; the workers change over")

    async def hand_over(self) -> None:
        """Returns when the other workers have changed over and hold everything; ends the builder.

        One that did not answer before the switch is not waited for: it changes over at its start.
        """
        workers = self._workers
        if not workers:
            self._say("no worker answers; whoever starts now counts this generation")
            return

        async def all_serve() -> bool:
            states = [await self._state(url) for url in workers]
            return all(s is not None and s.ready and self._is_own(s) for s in states)

        await self._until(all_serve, _SWITCHED_WITHIN, f"not all of {workers} change over")
        await self._answer_alone()
        await asyncio.to_thread(self._builder.stop)

        async def hold_all() -> bool:
            states = [await self._state(url) for url in workers]
            own = [s for s in states if s is not None and s.ready and self._is_own(s)]
            return self._partitions <= {each for s in own for each in s.partitions}

        await self._until(
            hold_all, _SWITCHED_WITHIN, f"{workers} do not hold every partition", alone=True
        )
        self._say(f"generation {self._own.number} is served by {', '.join(workers)}")

    async def _answer_alone(self) -> None:
        """Let the fronts forget the builder's address."""
        if self.known.serving.number == self._own.number and self.known.builder:
            record = generations.activation_record(self._own.number, None)
            self.known, _ = await generations.write(self._kafka, record)

    def _is_own(self, state: WorkerState) -> bool:
        return state.generation >= self._own.number

    async def _state(self, url: str) -> WorkerState | None:
        """What a worker says of itself; None when it does not answer."""
        try:
            async with self._http.get(f"{url.rstrip('/')}/internal/generation") as response:
                if response.status != 200:
                    return None
                return msgspec.json.decode(await response.read(), type=WorkerState)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
            return None

    async def _until(
        self,
        holds: Callable[[], Awaitable[bool]],
        seconds: float,
        problem: str,
        *,
        alone: bool = False,
    ) -> None:
        """Returns when it holds; RebuildError names the problem after that many seconds.

        ConfigurationError when the builder ends meanwhile, unless the others are `alone`.
        """
        deadline = time.monotonic() + seconds
        while not await holds():
            if not alone:
                self._builder.check()
            if time.monotonic() > deadline:
                raise RebuildError(f"{problem} after {seconds:.0f} s; see its log")
            await asyncio.sleep(_POLL)

    async def _leave(self) -> None:
        """End the builder and remove the changelogs that nobody uses any more."""
        self._builder.stop()
        try:
            self.known = await generations.read(self._kafka)
            await self._answer_alone()
            unused: Collection[int] = self.known.superseded(self._own.number)
            await remove_orphaned_topics(self._kafka, lambda names: changelogs_of(names, unused))
        except TransientFailure as error:
            self._certain = False
            self._say(f"tables that nobody uses are left to the next rebuild: {error}")

    def _verdict(self) -> str:
        if not self._certain:
            return "which generation serves is not known while Kafka is away; run it again then"
        serving = self.known.serving.number
        if self._planned and serving == self._own.number:
            return f"generation {serving} serves; workers that do not yet change over by themselves"
        return f"nothing has changed: generation {serving} serves on; run it again when you like"


def _missing(goal: Mapping[str, Mapping[int, int]], state: WorkerState) -> int:
    """How many facts up to the goal the worker has not counted."""
    return sum(
        max(0, head - state.cursors.get(topic, {}).get(partition, 0))
        for topic, heads in goal.items()
        for partition, head in heads.items()
    )
