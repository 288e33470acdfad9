"""kakao.ugc.content.RESPONSE into the table of posts, and the proofs that it is up to date."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Protocol

from mode import Service
from prometheus_client import Counter

from agents.contents.copy_proving import CopyProving, Holding
from agents.contents.post_copy import CopiedPosts, Copying
from agents.loop.batching import declare
from agents.stats.catch_up import CatchUp
from agents.stats.counting import LineSink
from chatstream.domain.content.freshness import Proofs
from chatstream.errors import TransientFailure
from chatstream.ports.counting import FactReader, LineHeads
from chatstream.ports.hot_posts import PostHolders
from chatstream.ports.post_copies import PostCopy
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.contents import CONTENT
from tables.posts import PostTable

log = logging.getLogger(__name__)

EVERY = 0.25
"""Seconds between two proofs: a fourth of what one is good for."""
ASKED_FOR = 10.0
"""Seconds for which proofs go on after somebody has asked."""
LOOK = 1.0
"""Seconds between two looks, while nobody asks, for partitions that are to be claimed."""
FIRST_WITHIN = 0.1
"""Seconds that who asks first waits for a proof: a front that waits asks Postgres after 0.2."""

PROOFS = Counter("chatstream_post_proofs", "times at which all held posts were proved")


class Proving(Service):
    """Claims the partitions that can be read here, and proves what they have while somebody asks.

    Who asks first after a rest waits for a proof; for `ASKED_FOR` seconds they then go on.
    """

    def __init__(
        self,
        proofs: Proofs,
        holders: PostHolders,
        readable: Callable[[], Collection[int]],
        cursor: Callable[[int], int],
        every: float = EVERY,
    ) -> None:
        super().__init__()
        self.proofs = proofs
        self._holders = holders
        self._readable = readable
        self._cursor = cursor
        self._every = every
        self._proved = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._asked_at = proofs.clock() - ASKED_FOR
        self._rests = False

    @Service.task
    async def _prove_on(self) -> None:
        while not self.should_stop:
            try:
                await self.prove()
            except TransientFailure as error:
                log.warning("posts are not proved: %s", error)
            self._rests = False
            await self.sleep(self._every)
            await self._rest()

    async def _rest(self) -> None:
        """Until somebody asks, or there is something to claim; not at all while somebody asks."""
        self._wanted.clear()
        while not (self.should_stop or self._is_asked() or self._has_unclaimed()):
            self._rests = True
            await self.wait(self._wanted.wait(), timeout=LOOK)

    def _is_asked(self) -> bool:
        return self.proofs.clock() - self._asked_at < ASKED_FOR

    def _has_unclaimed(self) -> bool:
        partitions = self._readable()
        self.proofs.keep(partitions)
        return bool(self.proofs.unclaimed(partitions))

    def _want(self) -> None:
        self._asked_at = self.proofs.clock()
        self._wanted.set()

    async def asked(self, within: float = FIRST_WITHIN) -> None:
        """Somebody asks: returns when proofs are made, which they mostly are, or then at last."""
        self._want()
        if not self._rests:
            return
        try:
            async with asyncio.timeout(within), self._proved:
                await self._proved.wait()
        except TimeoutError:
            return

    async def prove(self) -> None:
        """Once, all partitions."""
        partitions = sorted(self._readable())
        self.proofs.keep(partitions)
        if new := self.proofs.unclaimed(partitions):
            self.proofs.claimed(await self._holders.claim(new))
        asked_at = self.proofs.clock()
        lines = await self._holders.lines(partitions)
        # What was taken away meanwhile may be read by nobody, and is not proved.
        cursors = {each: self._cursor(each) for each in self._readable() if each in lines}
        self.proofs.take(asked_at, lines, cursors)
        PROOFS.inc()
        async with self._proved:
            self._proved.notify_all()

    async def settled(self, partition: int, fact_no: int, within: float) -> bool:
        """Whether the number is settled here within so many seconds."""
        self._want()
        try:
            async with asyncio.timeout(within), self._proved:
                await self._proved.wait_for(lambda: self.proofs.settled(partition) >= fact_no)
        except TimeoutError:
            return False
        return True


class FactsOfLines(FactReader, LineHeads, Protocol):
    """The facts of a line, and how far it goes."""


def register(
    app: ChatStreamApp,
    posts: PostTable,
    facts: FactsOfLines,
    holders: PostHolders,
    copy: PostCopy | None = None,
) -> Proving:
    """Declare the agent `content.hot` and prove beside it; write and prove the copy, if any."""
    copying = None if copy is None else Copying(posts, copy, time.monotonic)
    counter = posts if copying is None else CopiedPosts(posts, copying)
    sink = LineSink(app, CONTENT.response.name, counter, facts, kinds=records.ContentFact)
    declare(app, "content.hot", [sink.topic], sink)
    app.run_beside(CatchUp([sink], facts, posts.readable))
    proofs = Proofs(time.monotonic)
    posts.table.on_foreign_change.append(proofs.forget)
    proving = Proving(proofs, holders, posts.readable, sink.cursor)
    app.run_beside(proving)
    if copy is not None and copying is not None:
        posts.table.on_foreign_change.append(copying.forget)
        app.run_beside(copying)
        app.run_beside(CopyProving(Holding(proofs, posts.readable, copying.doubt), holders, copy))
    return proving
