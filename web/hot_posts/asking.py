"""How a front asks the workers of `content` for a post."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

import aiohttp
from prometheus_client import Counter

from chatstream.domain.content.freshness import WINDOW, Clock, is_good
from chatstream.ports.hot_posts import HotPost
from web.hot_posts.calls import decode, get

ASKED = Counter("chatstream_hot_posts", "posts that a front asked workers for", ["outcome"])

Client = Callable[[], aiohttp.ClientSession]


class AskedPosts:
    """ports.hot_posts.HotPosts, over the workers' calls; any worker knows who holds a post.

    An answer takes `within` seconds at most: Postgres is asked then.
    """

    def __init__(
        self,
        workers: Sequence[str],
        client: Client,
        within: float = 0.2,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._workers = workers
        self._client = client
        self._within = within
        self._clock = clock
        self._sleep = sleep

    async def post(self, content_id: str) -> HotPost | None:
        """See ports.hot_posts.HotPosts."""
        if not self._workers:
            return None
        begun = self._clock()
        try:
            status, body = await self._ask(f"/internal/posts/{content_id}", self._within)
        except OSError:
            ASKED.labels("away").inc()
            return None
        if status != 200:
            ASKED.labels("unproved").inc()
            return None
        found = decode(body)
        took = self._clock() - begun
        if not is_good(found.age, took):
            ASKED.labels("late").inc()
            return None
        ASKED.labels("held").inc()
        return HotPost(found.post, found.age + took)

    async def settle(self, content_id: str, fact_no: int | None) -> None:
        """See ports.hot_posts.HotPosts.

        The fact is stored, so no proof that is made from now on lacks it: after the window no
        answer does, whoever is away.
        """
        if not self._workers:
            return
        over = self._clock() + WINDOW
        if fact_no is None or not await self._is_settled(content_id, fact_no):
            await self._sleep(max(0.0, over - self._clock()))

    async def _is_settled(self, content_id: str, fact_no: int) -> bool:
        path = f"/internal/posts/{content_id}/settled/{fact_no}"
        try:
            status, _ = await self._ask(path, WINDOW)
        except OSError:
            return False
        return status == HTTPStatus.NO_CONTENT

    async def _ask(self, path: str, within: float) -> tuple[int, bytes]:
        worker = random.choice(self._workers).rstrip("/")  # noqa: S311 (no secret)
        return await get(self._client(), worker + path, within)
