"""What the workers of `content` do beside their streams: push into feeds, rank what is popular.

Every worker pushes; what waits is in rows, and whoever comes next takes it up.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from mode import Service
from prometheus_client import Counter, Gauge

from agents.periodic_check import PeriodicCheck
from chatstream.errors import TransientFailure
from chatstream.ports.feeds import FanOut, PopularCount
from infra.faust.app import ChatStreamApp
from schemas.contexts.contents import CONTENT

log = logging.getLogger(__name__)

BATCHES = Counter("chatstream_feed_batches", "batches that were pushed into feeds", ["of"])
WAITING = Gauge("chatstream_feed_waiting", "posts whose push into feeds has not ended")
OLDEST = Gauge("chatstream_feed_waiting_seconds", "how long the oldest of those has been published")


class FeedPushes(Service):
    """Pushes what waits, a batch at a time, and looks again every `interval` seconds (0: never).

    New posts and new subscribers are apart, so that neither waits for the other.
    """

    def __init__(self, fan_out: FanOut, interval: float) -> None:
        super().__init__()
        self._fan_out = fan_out
        self._interval = interval

    @Service.task
    async def _push_on(self) -> None:
        await self._repeat("push", self._fan_out.push)

    @Service.task
    async def _fill_on(self) -> None:
        await self._repeat("fill", self._fan_out.fill)

    async def _repeat(self, work: str, step: Callable[[], Awaitable[bool]]) -> None:
        while self._interval and not self.should_stop:
            if not await self._step(work, step):
                await self.sleep(self._interval)

    async def _step(self, work: str, step: Callable[[], Awaitable[bool]]) -> bool:
        """One batch; False when none waits, or the database is away."""
        try:
            done = await step()
        except TransientFailure as error:
            log.warning("nothing is pushed into feeds: %s", error)
            return False
        BATCHES.labels(work).inc(done)
        return done


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


def register(app: ChatStreamApp, fan_out: FanOut, popular: PopularCount) -> None:
    """Run both in a worker of `content`; whoever reads the first partition of posts ranks."""
    settings = app.chatstream.feed

    def is_ours() -> bool:
        return app.serving and 0 in app.owned(CONTENT.request.name)

    app.run_beside(FeedPushes(fan_out, settings.push_interval))
    app.run_beside(PopularPosts(popular, fan_out, settings.popular_interval, is_ours))
