"""Trying a read again while its store is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatstream.domain.backoff import Backoff
from chatstream.errors import ErrorCode, TransientFailure, UserError

T = TypeVar("T")

FIRST = 0.1
MOST = 2.0


async def patiently(read: Callable[[], Awaitable[T]], *, within: float | None = None) -> T:
    """The result of `read`, tried again after every TransientFailure, ever slower.

    `within` seconds (None: for ever) it gives up with STORE_UNAVAILABLE.
    """
    backoff = Backoff(FIRST, MOST)
    until = None if within is None else time.monotonic() + within
    while True:
        try:
            return await read()
        except TransientFailure as error:
            pause = backoff.wait()
            if until is not None and time.monotonic() + pause > until:
                raise UserError(ErrorCode.STORE_UNAVAILABLE, "the store is away") from error
            await asyncio.sleep(pause)
