"""Waiting for a state of the fakes without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DEADLINE = 30.0


class Changes:
    """Fakes call `happened` whenever something that a test may wait for has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def happened(self) -> None:
        """Let everybody who waits look again."""
        self._event.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns when the condition holds; TimeoutError after `DEADLINE` seconds.

        It is looked at now and after every change, so a change must follow what makes it true.
        """
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self._event.clear()
                await self._event.wait()


async def step() -> None:
    """One turn of the event loop: a step of an interleaving that a test makes up, never a wait."""
    await asyncio.sleep(0)
