"""Waiting for a condition with a deadline, and repeating what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed


async def eventually(
    found: Callable[[], Awaitable[Any]], seconds: float = 60, every: float = 0.2
) -> Any:
    """Ask until the answer is true; after the deadline the last answer is in the error."""
    asking = AsyncRetrying(
        retry=retry_if_result(lambda answer: not answer),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(every),
        retry_error_callback=_give_up,
    )

    async def ask() -> Any:
        return await found()

    return await asking(ask)


def _give_up(state: Any) -> None:
    raise AssertionError(f"not within {state.seconds_since_start:.0f} s: {state.outcome.result()}")


async def pause(seconds: float) -> None:
    """A client's own pace; nothing is waited for."""
    over = asyncio.Event()
    handle = asyncio.get_running_loop().call_later(seconds, over.set)
    try:
        await over.wait()
    finally:
        handle.cancel()
