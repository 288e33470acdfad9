"""How a front asks the workers of `content` for posts."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from chatstream.domain.content.author_pages import PageAsked, merged
from chatstream.domain.content.freshness import WINDOW, Clock, Unheld, is_good
from chatstream.ports.hot_posts import HotPage, HotPost
from web.hot_posts.calls import HeldPage, decode, decode_page, get

TRIED = 2
"""Workers that are asked for a post, where the first does not answer at all."""

Client = Callable[[], aiohttp.ClientSession]


class AskedPosts:
    """ports.hot_posts.HotPosts, over the workers' calls.

    Any worker knows who holds a post; for an author's all are asked, each for its `partitions`. An
    answer takes `within` seconds at most: Postgres is asked then.
    """

    def __init__(
        self,
        workers: Sequence[str],
        client: Client,
        partitions: int,
        within: float = 0.2,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._workers = [each.rstrip("/") for each in workers]
        self._client = client
        self._partitions = partitions
        self._within = within
        self._clock = clock
        self._sleep = sleep

    async def post(self, content_id: str) -> HotPost | Unheld:
        """See ports.hot_posts.HotPosts."""
        begun = self._clock()
        try:
            status, body = await self._ask(f"/internal/posts/{content_id}", begun, self._within)
        except OSError:
            return Unheld.AWAY
        if status != HTTPStatus.OK:
            return Unheld.UNPROVED
        found = decode(body)
        took = self._clock() - begun
        return HotPost(found.post, found.age + took) if is_good(found.age, took) else Unheld.LATE

    async def page(self, asked: PageAsked) -> HotPage | Unheld:
        """See ports.hot_posts.HotPosts; whoever is left may hold what one held that is away."""
        begun = self._clock()
        answers = await asyncio.gather(*(self._part(each, asked) for each in self._workers))
        held = [each for each in answers if each is not None]
        if not held:
            return Unheld.AWAY
        found = merged(
            asked,
            [part for each in held for part in each.parts],
            [post for each in held for post in each.posts],
            partitions=self._partitions,
            took=self._clock() - begun,
        )
        return found if isinstance(found, Unheld) else HotPage(*found)

    async def _part(self, worker: str, asked: PageAsked) -> HeldPage | None:
        """What one worker can prove of it, perhaps of no partition; None: it is away."""
        query = {"limit": str(asked.limit)}
        if asked.after is not None:
            query |= dict(zip(("at", "contentId"), asked.after, strict=True))
        url = f"{worker}/internal/authors/{asked.author_id}/posts?{urlencode(query)}"
        try:
            status, body = await get(self._client(), url, self._within)
        except OSError:
            return None
        return decode_page(body) if status == HTTPStatus.OK else HeldPage((), ())

    async def settle(self, content_id: str, fact_no: int | None) -> None:
        """See ports.hot_posts.HotPosts.

        The fact is stored, so no proof that is made from now on lacks it: after the window no
        answer does, whoever is away.
        """
        if not self._workers:
            return
        begun = self._clock()
        if fact_no is None or not await self._is_settled(content_id, fact_no, begun):
            await self._sleep(max(0.0, begun + WINDOW - self._clock()))

    async def _is_settled(self, content_id: str, fact_no: int, begun: float) -> bool:
        path = f"/internal/posts/{content_id}/settled/{fact_no}"
        try:
            status, _ = await self._ask(path, begun, WINDOW)
        except OSError:
            return False
        return status == HTTPStatus.NO_CONTENT

    async def _ask(self, path: str, begun: float, within: float) -> tuple[int, bytes]:
        """What some worker answers within so many seconds of `begun`; OSError when none does.

        One that refuses the connection leaves time for another.
        """
        error = OSError("no worker is known")
        left = within
        for worker in random.sample(self._workers, min(TRIED, len(self._workers))):
            if left <= 0:
                break
            try:
                return await get(self._client(), worker + path, left)
            except OSError as failed:
                error, left = failed, begun + within - self._clock()
        raise error
