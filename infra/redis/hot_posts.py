"""How a front reads a post in the copy that Redis has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from chatstream.domain.content.author_pages import PageAsked
from chatstream.domain.content.freshness import WINDOW, Clock, Unheld, is_good
from chatstream.domain.partitions import partition_of
from chatstream.errors import TransientFailure
from chatstream.ports.hot_posts import HotPage, HotPost
from infra.redis.client import RedisServer
from infra.redis.post_scripts import READ, SETTLED, key_of

_AGAIN = 0.05
"""Seconds between two looks for a fact that is to be settled."""

_decode = msgspec.json.Decoder().decode


class RedisHotPosts:
    """ports.hot_posts.HotPosts; what the server cannot prove in its time, Postgres is asked for."""

    def __init__(
        self,
        server: RedisServer,
        partitions: int,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._server = server
        self._partitions = partitions
        self._clock = clock
        self._sleep = sleep

    async def post(self, content_id: str) -> HotPost | Unheld:
        """See ports.hot_posts.HotPosts."""
        begun = self._clock()
        try:
            found = await self._server.call(READ, [self._key(content_id)], content_id)
        except TransientFailure:
            return Unheld.AWAY
        if found is None:
            return Unheld.UNPROVED
        age, took = found[0] / 1_000_000, self._clock() - begun
        if not is_good(age, took):
            return Unheld.LATE
        return HotPost(None if found[1] is None else _decode(found[1]), age + took)

    async def page(self, asked: PageAsked) -> HotPage | Unheld:
        """See ports.hot_posts.HotPosts: the copy has posts alone, so Postgres has each page."""
        return Unheld.UNLISTED

    async def settle(self, content_id: str, fact_no: int | None) -> None:
        """See ports.hot_posts.HotPosts.

        The fact is stored, so no proof that is made from now on lacks it: after the window no
        answer does, whichever server gave it.
        """
        over = self._clock() + WINDOW
        while (left := over - self._clock()) > 0:
            if fact_no is None:
                await self._sleep(left)
            elif await self._settled(content_id) >= fact_no:
                return
            else:
                await self._sleep(min(_AGAIN, left))

    async def _settled(self, content_id: str) -> int:
        try:
            return int(await self._server.call(SETTLED, [self._key(content_id)]))
        except TransientFailure:
            return 0

    def _key(self, content_id: str) -> str:
        return key_of(partition_of(content_id, self._partitions))
