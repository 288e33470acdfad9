"""Trying again what failed for a moment: one loop for all who wait for a server that is away.

Not tenacity's: a first try that goes well costs 0.8 µs here and 67 there, and each batch of an
agent is such a try; and what tenacity is given as a lambda it calls, but does not await.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chatstream.domain.backoff import Backoff
from chatstream.errors import TransientFailure

T = TypeVar("T")
Told = Callable[[Exception, float], None]


async def retried(
    attempt: Callable[[], Awaitable[T]],
    backoff: Backoff,
    *,
    on: type[Exception] = TransientFailure,
    within: float | None = None,
    told: Told | None = None,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """The result of `attempt`, made again after each failure of the kind `on`, ever slower.

    For ever, or (`within`) until the next try would be later than so many seconds after the first:
    then the last failure is raised. Whatever else it raises, and what `sleep` raises, comes through
    at once. `told` hears of each failure that is tried again, and the seconds until then.
    """
    until = None if within is None else time.monotonic() + within
    while True:
        try:
            return await attempt()
        except on as error:
            seconds = backoff.wait()
            if until is not None and time.monotonic() + seconds > until:
                raise
            if told is not None:
                told(error, seconds)
        await sleep(seconds)


def warn(log: logging.Logger, what: str) -> Told:
    """For `told`: a warning each time that names what waits, how long, and why."""

    def warned(error: Exception, seconds: float) -> None:
        log.warning("%s waits %.1f s: %s", what, seconds, error)

    return warned
