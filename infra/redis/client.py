"""The client of Redis or Valkey: one bounded call of a script each, no retry, errors of ours."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from chatstream.errors import TransientFailure

CONNECTIONS = 32
"""Of one process; who finds all of them busy waits, within his time."""

_ERRORS = (RedisError, OSError)


@dataclass(frozen=True)
class Script:
    """A script of the server, known by its digest."""

    text: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode()).hexdigest()  # noqa: S324 (the server's name)
        object.__setattr__(self, "digest", digest)


class RedisServer:
    """Calls scripts at a server, which takes `within` seconds at most.

    It connects on first use. The address holds a password, maybe: no error quotes it.
    """

    def __init__(self, url: str, within: float) -> None:
        self._within = within
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=within,
            socket_timeout=within,
            socket_connect_timeout=within,
            retry=Retry(NoBackoff(), 0),  # the library would ask three times, seconds apart
            protocol=2,  # version 3 asks more at each connection, for what is not used here
        )
        self._redis: Any = Redis.from_pool(pool)

    async def call(self, script: Script, keys: Sequence[str], *arguments: str | bytes | int) -> Any:
        """What the script returns; TransientFailure when the server does not do it in time."""
        words = (len(keys), *keys, *arguments)
        try:
            async with asyncio.timeout(self._within):
                try:
                    return await self._redis.execute_command("EVALSHA", script.digest, *words)
                except NoScriptError:
                    return await self._redis.execute_command("EVAL", script.text, *words)
        except _ERRORS as error:
            raise TransientFailure(f"redis: {type(error).__name__}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
