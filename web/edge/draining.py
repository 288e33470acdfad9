"""How a front ends: what hangs on it is let go while everything it needs still runs.

Its /readyz says 503 from the first moment. What it is asked until its listener closes is answered
as ever, on connections that are not used again: a caller never loses a request to one that closes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

log = logging.getLogger(__name__)

Ending = Callable[[], Awaitable[None]]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class OpenCount:
    """How many of something are open: each enters once, and leaves once."""

    def __init__(self) -> None:
        self.count = 0
        self._none = asyncio.Event()
        self._none.set()

    def enter(self) -> None:
        """One more."""
        self.count += 1
        self._none.clear()

    def leave(self) -> None:
        """One less."""
        self.count -= 1
        if not self.count:
            self._none.set()

    async def none(self) -> None:
        """Returns when none is open any more."""
        await self._none.wait()


class Draining:
    """The requests under way, and what must be told to end because it would not by itself.

    `within` are the seconds that requests get once all of that has been told.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._endings: list[Ending] = []
        self._open = OpenCount()
        self.begun = False

    def ends(self, ending: Ending) -> None:
        """Await this when the process is told to end; all of these at the same time."""
        self._endings.append(ending)

    def register(self, web_app: web.Application) -> None:
        """Count the application's requests; before any other middleware."""

        @web.middleware
        async def count(request: web.Request, handler: _Handler) -> web.StreamResponse:
            self._open.enter()
            try:
                response = await handler(request)
            finally:
                self._open.leave()
            if self.begun and not response.prepared:
                response.force_close()
            return response

        web_app[DRAINING] = self
        web_app.middlewares.insert(0, count)

    @property
    def under_way(self) -> int:
        """Requests that are not answered yet."""
        return self._open.count

    async def drain(self) -> None:
        """Returns when nothing is under way any more, or the time for it is over."""
        self.begun = True
        endings = (asyncio.ensure_future(ending()) for ending in self._endings)
        for ended in await asyncio.gather(*endings, return_exceptions=True):
            if isinstance(ended, BaseException):
                log.error("something did not end in order", exc_info=ended)
        try:
            async with asyncio.timeout(self._within):
                await self._open.none()
        except TimeoutError:
            log.warning("%d requests are cut off: they did not end in time", self._open.count)


DRAINING = web.AppKey("draining", Draining)


def end_in_time(web_app: web.Application, ending: Ending) -> None:
    """Await this when the process is told to end, and again (harmlessly) at the shutdown."""
    draining = web_app.get(DRAINING)
    if draining is not None:
        draining.ends(ending)

    async def at_shutdown(_: web.Application) -> None:
        await ending()

    web_app.on_shutdown.append(at_shutdown)
