"""GET /stats/live: the top words and the last hour of both series, as server-sent events.

However many read, a front asks a stats worker once a second, and only while somebody reads. A
reader gets what is new since its last event: a slow one skips some and never holds up the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from aiohttp import hdrs, web

from chatstream.domain.series import MINUTE
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from infra.tracing import outside
from web.edge.bodies import Shape
from web.edge.draining import end_in_time
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.series import PointView
from web.stats import WordView
from web.stats_shapes import NoQuery, PartitionsView, strict_query

log = logging.getLogger(__name__)

TOP = 20
MINUTES = 60
_HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",
}

Ask = Callable[[str], Awaitable[bytes]]


class CoverageView(Shape):
    """What a part of the event counts: without `complete` something may be missing in it."""

    complete: bool
    partitions: PartitionsView


class CoverageOfParts(Shape):
    """Of each part by its name."""

    words: CoverageView
    chat_add: CoverageView
    user_add: CoverageView


class LiveView(Shape):
    """The data of an event `stats`; an event `unavailable` has `{}`: nobody answers just now.

    `complete` when every part is.
    """

    words: list[WordView]
    chat_add: list[PointView]
    user_add: list[PointView]
    as_of: str
    complete: bool
    coverage: CoverageOfParts


@dataclass(frozen=True)
class LivePace:
    """Seconds from one question to the next, and between two signs of life to a reader."""

    interval: float = 1.0
    heartbeat: float = 10.0


class LiveStats:
    """One computation for all readers of this process.

    `ask` gives the JSON of a stats worker's path; `has_ended` says whether a login is over, `most`
    how many streams an account may have.
    """

    def __init__(
        self,
        ask: Ask,
        has_ended: Callable[[Caller], bool],
        most: int,
        pace: LivePace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ask = ask
        self._has_ended = has_ended
        self._most = most
        self._pace = pace or LivePace()
        self._clock = clock
        self._streams: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._number = 0
        self._frame = b""
        self._known: object = None
        self._closing = False
        self._beginning = asyncio.Lock()

    @operation(
        "The top words and the last hour, live",
        query=NoQuery,
        answers={200: LiveView},
        errors=(ErrorCode.RATE_LIMITED,),
    )
    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events `stats`, once a second while they change; ends with the login.

        An event `unavailable` says that nobody answers just now.
        """
        strict_query(request, NoQuery)
        caller = caller_of(request)
        if self._streams[caller.account_id] >= self._most:
            raise UserError(ErrorCode.RATE_LIMITED, "too many streams", retry_after=10)
        self._streams[caller.account_id] += 1
        try:
            await self._begin()
            response = web.StreamResponse(headers=_HEADERS)
            await response.prepare(request)
            await self._feed(response, caller)
        except ConnectionResetError:
            log.debug("a reader of /stats/live is gone")
        finally:
            self._streams[caller.account_id] -= 1
            if not self._streams[caller.account_id]:
                del self._streams[caller.account_id]
        return response

    async def _feed(self, response: web.StreamResponse, caller: Caller) -> None:
        """Write every new event until the login or the process ends, or the reader goes."""
        await response.write(b"retry: 3000\n\n")
        number, written_at = 0, time.monotonic()
        while not self._closing and not self._has_ended(caller):
            if self._number != number:
                number, written_at = self._number, time.monotonic()
                await response.write(self._frame)
            elif time.monotonic() - written_at >= self._pace.heartbeat:
                written_at = time.monotonic()
                await response.write(b": still here\n\n")
            await self._wait(number)

    async def _wait(self, number: int) -> None:
        """Until there is something new, at most until the login must be looked at again."""
        try:
            async with asyncio.timeout(self._pace.interval), self._news:
                await self._news.wait_for(lambda: self._closing or self._number != number)
        except TimeoutError:
            return

    async def _begin(self) -> None:
        """Returns when there is something to tell; STORE_UNAVAILABLE when nobody answers."""
        async with self._beginning:
            if self._task is None or self._task.done():
                await self._look()
                self._task = asyncio.create_task(
                    self._follow(), name="stats-live", context=outside()
                )

    async def _follow(self) -> None:
        began = time.monotonic()
        while self._streams and not self._closing:
            await asyncio.sleep(max(0.0, self._pace.interval - (time.monotonic() - began)))
            began = time.monotonic()
            try:
                await self._look()
            except UserError as error:
                await self._tell("unavailable", {}, error.code)

    async def _look(self) -> None:
        end = int(self._clock() // MINUTE) + 1
        span = f"begin={end - MINUTES}&end={end}&step=1"
        paths = (
            f"/internal/words?top={TOP}&window=all",
            f"/internal/series/chatAdd?{span}",
            f"/internal/series/userAdd?{span}",
        )
        answers = await asyncio.gather(*(self._ask(path) for path in paths), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        words, chat, user = (orjson.loads(answer) for answer in answers)  # type: ignore[arg-type]
        parts = {"words": words, "chatAdd": chat, "userAdd": user}
        data = {
            "words": words["words"],
            "chatAdd": chat["points"],
            "userAdd": user["points"],
            "complete": all(part["complete"] for part in parts.values()),
            "coverage": {
                name: {"complete": part["complete"], "partitions": part["partitions"]}
                for name, part in parts.items()
            },
        }
        await self._tell("stats", {**data, "asOf": words["asOf"]}, data)

    async def _tell(self, event: str, data: object, known: object) -> None:
        """Give the readers an event, unless it says what the last one said."""
        if known == self._known:
            return
        async with self._news:
            self._known = known
            self._number += 1
            self._frame = b"event: %s\nid: %d\ndata: %s\n\n" % (
                event.encode(),
                self._number,
                orjson.dumps(data),
            )
            self._news.notify_all()

    async def stop(self) -> None:
        """End every stream; the process ends."""
        self._closing = True
        async with self._news:
            self._news.notify_all()
        if self._task is not None:
            self._task.cancel()


def register(web_app: web.Application, live: LiveStats) -> None:
    """Add the route."""
    web_app.router.add_get("/stats/live", live.stream, allow_head=False)
    end_in_time(web_app, live.stop)
