"""What the workers of `content` do beside their streams: push into feeds, rank what is popular.

Every worker pushes; what waits is in rows, and whoever comes next takes it up. Who writes such a
row tells the pushes beside it once it is committed; what a worker left that ended, looks find.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from mode import Service
from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.domain.backoff import Backoff, whole
from chatstream.errors import TransientFailure
from chatstream.ports.feeds import FanOut, PopularCount
from infra.faust.app import ChatStreamApp
from schemas.contexts.contents import CONTENT

log = logging.getLogger(__name__)

BATCHES = Counter("chatstream_feed_batches", "batches that were pushed into feeds", ["of"])
WAITING = Gauge("chatstream_feed_waiting", "posts whose push into feeds has not ended")
OLDEST = Gauge("chatstream_feed_waiting_seconds", "how long the oldest of those has been published")

SELDOM = 10
"""Times the interval: the longest rest of pushes that find nothing."""


class FeedPushes(Service):
    """Pushes what waits, a batch at a time, at once when told; `interval` 0: nothing, ever.

    Untold, it looks `interval` seconds after something was found, or the database was away; each
    look that finds nothing doubles that, up to `SELDOM` times. New posts and new subscribers are
    apart, so that neither waits for the other.
    """

    def __init__(self, fan_out: FanOut, interval: float) -> None:
        super().__init__()
        self._fan_out = fan_out
        self._interval = interval
        self._posts, self._subscribers = asyncio.Event(), asyncio.Event()

    def posts_wait(self) -> None:
        """A post that is to be pushed, or taken out, was committed; idempotent."""
        self._posts.set()

    def subscribers_wait(self) -> None:
        """A subscription that is to be filled was committed; idempotent."""
        self._subscribers.set()

    @Service.task
    async def _push_on(self) -> None:
        await self._repeat("push", self._posts, self._fan_out.push)

    @Service.task
    async def _fill_on(self) -> None:
        await self._repeat("fill", self._subscribers, self._fan_out.fill)

    async def _repeat(
        self, work: str, told: asyncio.Event, step: Callable[[], Awaitable[bool]]
    ) -> None:
        lull = Backoff(self._interval, SELDOM * self._interval, whole)
        while self._interval and not self.should_stop:
            told.clear()  # before the look, which may be too early for what is told meanwhile
            done = False
            try:
                done = await step()
            except TransientFailure as error:
                log.warning("nothing is pushed into feeds: %s", error)
                lull.end()
            BATCHES.labels(work).inc(done)
            if done:
                lull.end()
            else:
                await self._rest(told, lull.wait())

    async def _rest(self, told: asyncio.Event, seconds: float) -> None:
        # Until somebody tells of work, so many seconds, or until the stop.
        await self.wait(told.wait(), timeout=seconds)


class PopularPosts(PeriodicCheck):
    """Ranks every `interval` seconds (0: never), in the worker whose it is."""

    what = "popular posts were"

    def __init__(
        self,
        popular: PopularCount,
        fan_out: FanOut,
        interval: float,
        is_ours: Callable[[], bool],
    ) -> None:
        super().__init__(interval)
        self._popular = popular
        self._fan_out = fan_out
        self._is_ours = is_ours

    async def check(self) -> None:
        """Count anew; nothing in a worker that is not to."""
        if not self._is_ours():
            WAITING.set(0)
            OLDEST.set(0)
            return
        await self._popular.recount()
        waiting = await self._fan_out.waiting()
        WAITING.set(waiting.posts)
        OLDEST.set(waiting.seconds)


def register(app: ChatStreamApp, fan_out: FanOut, popular: PopularCount) -> FeedPushes:
    """Run both in a worker of `content`; whoever reads the first partition of posts ranks.

    The pushes, to be told what waits.
    """
    settings = app.chatstream.feed
    is_ours = partial(app.leads, CONTENT.request.name)
    pushes = FeedPushes(fan_out, settings.push_interval)
    app.run_beside(pushes)
    app.run_beside(PopularPosts(popular, fan_out, settings.popular_interval, is_ours))
    return pushes
