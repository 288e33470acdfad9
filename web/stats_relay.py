"""How a front asks the stats workers: any of them answers for all; they are tried in turn."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from hashlib import blake2b

import aiohttp
import orjson
from aiohttp import hdrs, web
from yarl import URL

from chatstream.errors import ErrorCode, UserError
from chatstream.settings_groups import StatsSettings
from web.edge.bodies import JSON

log = logging.getLogger(__name__)

# The worker gathers in a few rounds, each with the time limit of the settings.
_ROUNDS = 3


class StatsRelay:
    """Passes a question on to a stats worker, beginning anywhere.

    `beside` is the address of one more that answers while the others change over to a new
    generation of the tables, or empty: it is asked when they do not know everything.
    """

    def __init__(
        self,
        settings: StatsSettings,
        client: Callable[[], aiohttp.ClientSession],
        beside: Callable[[], str] = lambda: "",
    ) -> None:
        self._workers = settings.workers
        self._timeout = aiohttp.ClientTimeout(total=settings.gather_timeout * _ROUNDS)
        self._client = client
        self._beside = beside

    async def ask(self, path: str) -> bytes:
        """The JSON of the first worker that answers; STORE_UNAVAILABLE when none does."""
        found = await self._first(_shuffled(self._workers), path)
        beside = self._beside()
        if beside and (found is None or not orjson.loads(found).get("complete")):
            found = await self._first([beside], path) or found
        if found is None:
            raise UserError(ErrorCode.STORE_UNAVAILABLE, "no stats worker answers", retry_after=1)
        return found

    async def _first(self, workers: Sequence[str], path: str) -> bytes | None:
        for worker in workers:
            try:
                # As it is: a word may be `..`, which would be taken for a way up.
                url = URL(worker.rstrip("/") + path, encoded=True)
                async with self._client().get(url, timeout=self._timeout) as response:
                    if response.status == 404:
                        raise UserError(ErrorCode.NOT_FOUND, "no worker knows it")
                    response.raise_for_status()
                    return await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("stats worker %s: %s", worker, error or type(error).__name__)
        return None

    async def relay(self, request: web.Request, path: str) -> web.Response:
        """The worker's answer, or 304 when the caller has the same but for its time.

        Only a complete answer may be kept, by the caller alone, and must be asked for again.
        """
        body = await self.ask(path)
        found = orjson.loads(body)
        if not found.get("complete"):
            return web.Response(
                body=body, content_type=JSON, headers={hdrs.CACHE_CONTROL: "no-store"}
            )
        found.pop("asOf", None)
        tag = blake2b(orjson.dumps(found), digest_size=12).hexdigest()
        headers = {hdrs.CACHE_CONTROL: "private, no-cache", hdrs.ETAG: f'W/"{tag}"'}
        if any(known.value in {tag, "*"} for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=JSON, headers=headers)


def _shuffled(workers: Sequence[str]) -> Sequence[str]:
    return random.sample(workers, len(workers))
