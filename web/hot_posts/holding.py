"""The calls of a worker of `content` for the posts that it holds.

`/internal/posts/{contentId}` answers from the worker that holds the partition, whichever is asked:
the post (null: there is none to be seen) and how old its proof is; 404 while nobody can say.
`/internal/posts/{contentId}/settled/{factNo}` answers 204 once no answer lacks the fact, 404 where
nobody can say so in time.
`/internal/authors/{authorId}/posts?limit=&at=&contentId=` answers for the partitions that are held
and proved here, and passes nothing on: the newest posts of the author, behind the named one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import aiohttp
import msgspec
from aiohttp import web

from chatstream.domain.content.author_pages import AuthorPart, PageAsked
from chatstream.domain.content.freshness import WINDOW, Proofs
from chatstream.domain.partitions import partition_of
from chatstream.errors import ErrorCode, UserError
from tables.posts import PostTable
from web.counts.words_http import explain_refusals
from web.edge.bodies import JSON
from web.hot_posts.calls import HeldAnswer, HeldPage, decode, get

Client = Callable[[], aiohttp.ClientSession]
# The address of the worker that holds a partition; None: this one, or nobody that is known.
Owner = Callable[[int], str | None]


class Settling(Protocol):
    """What agents.contents.hot_posts.Proving offers."""

    proofs: Proofs

    async def asked(self) -> None:
        """Somebody asks: proofs are made from now on; soon, if none is made now, is one."""
        ...

    async def settled(self, partition: int, fact_no: int, within: float) -> bool:
        """Whether the number is settled here within so many seconds."""
        ...


class HeldPosts:
    """What a worker answers: from its own partitions, or from their owner."""

    def __init__(
        self, posts: PostTable, proving: Settling, partitions: int, owner: Owner, client: Client
    ) -> None:
        self._posts = posts
        self._proving = proving
        self._partitions = partitions
        self._owner = owner
        self._client = client

    def register(self, web_app: web.Application) -> None:
        """Add the routes."""
        web_app.middlewares.append(explain_refusals)
        web_app.router.add_get("/internal/posts/{content_id}", self._post)
        web_app.router.add_get(
            "/internal/posts/{content_id}/settled/{fact_no:[0-9]{1,18}}", self._settled
        )
        web_app.router.add_get("/internal/authors/{author_id}/posts", self._page)

    async def _post(self, request: web.Request) -> web.Response:
        content_id = request.match_info["content_id"]
        partition = partition_of(content_id, self._partitions)
        if partition in self._posts.readable():
            await self._proving.asked()
        post = self._posts.post(partition, content_id)
        # Looked at after the post was read: what the proof says holds of it.
        age = self._proving.proofs.age(partition)
        if age is not None:
            body = msgspec.json.encode(HeldAnswer(post, age))
            return web.Response(body=body, content_type=JSON)
        return await self._pass_on(request, partition)

    async def _page(self, request: web.Request) -> web.Response:
        query = request.query
        after = (query["at"], query["contentId"]) if "at" in query else None
        asked = PageAsked(request.match_info["author_id"], int(query["limit"]), after)
        await self._proving.asked()
        age_of = self._proving.proofs.age
        proved = [each for each in self._posts.readable() if age_of(each) is not None]
        floors, posts = self._posts.page(asked, proved)
        # Looked at after the lists and the posts were read, as above; without all nobody can say.
        ages = {each: age for each in proved if (age := age_of(each)) is not None}
        if len(ages) < len(proved):
            raise UserError(ErrorCode.NOT_FOUND, "this is not proved any more")
        parts = [AuthorPart(each, age, floors[each]) for each, age in ages.items()]
        body = msgspec.json.encode(HeldPage(tuple(parts), tuple(posts)))
        return web.Response(body=body, content_type=JSON)

    async def _settled(self, request: web.Request) -> web.Response:
        partition = partition_of(request.match_info["content_id"], self._partitions)
        if self._owner(partition) is not None:
            return await self._pass_on(request, partition)
        fact_no = int(request.match_info["fact_no"])
        if not await self._proving.settled(partition, fact_no, WINDOW):
            raise UserError(ErrorCode.NOT_FOUND, "this is not settled yet")
        return web.Response(status=204)

    async def _pass_on(self, request: web.Request, partition: int) -> web.Response:
        """The owner's answer, made no younger by the way."""
        url, begun = self._owner(partition), time.monotonic()
        if url is None or "passed" in request.query:
            raise UserError(ErrorCode.NOT_FOUND, "no worker holds the partition")
        try:
            status, body = await get(self._client(), f"{url}{request.path}?passed=1", WINDOW)
        except OSError as error:
            raise UserError(ErrorCode.NOT_FOUND, "its holder does not answer") from error
        if status != 200:
            return web.Response(status=status)
        found = decode(body)
        aged = HeldAnswer(found.post, found.age + time.monotonic() - begun)
        return web.Response(body=msgspec.json.encode(aged), content_type=JSON)
