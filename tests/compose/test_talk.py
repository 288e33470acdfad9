"""The two browsers' scene through the gateway of the containers, then faults, then the recount."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

from tests.client.waiting import pause
from tests.compose.composed import Composed, now
from tests.e2e.scene import two_browsers_chat
from tests.faults.silence import Outage
from tests.faults.traffic import Traffic
from tests.faults.verify import (
    check_elasticsearch,
    check_postgres,
    check_sockets,
    check_tables,
    check_words,
    heads_of,
)
from tests.generated import homes_of

if TYPE_CHECKING:
    from playwright.async_api import Browser

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.compose, pytest.mark.timeout(3600)]

AWAY = 12.0
"""Seconds that one is paused or cut off: twice what a group or the brokers wait for it."""


async def test_two_browsers_chat_and_the_message_is_in_every_store(
    composed: Composed, browser: Browser
) -> None:
    await two_browsers_chat(composed, composed.base_url, browser)


class Hurt:
    """People who talk while containers are killed, paused and cut off."""

    def __init__(self, composed: Composed) -> None:
        self.composed = composed
        homes = homes_of(composed.dsns["chat-0"])
        self.traffic = Traffic(composed.base_url, homes, clients=4, messages=40, pace=0.4)

    async def killed(self, name: str) -> None:
        """Its process ends by SIGKILL; the engine starts it again."""
        await self._struck(f"kill {name}", name, lambda: self.composed.kill(name))

    async def away(self, how: Callable[[str], AbstractContextManager[None]], name: str) -> None:
        """It is paused or cut off for a while."""
        began = time.monotonic()
        with_it = how(name)
        await asyncio.to_thread(with_it.__enter__)
        try:
            await pause(AWAY)
        finally:
            await asyncio.to_thread(with_it.__exit__, None, None, None)
        await self._served(f"{how.__name__} {name}", name, began)

    async def _struck(self, fault: str, name: str, strike: Callable[[], None]) -> None:
        began = time.monotonic()
        await asyncio.to_thread(strike)
        await self._served(fault, name, began)

    async def _served(self, fault: str, name: str, began: float) -> None:
        """It serves again, and so does every room."""
        await asyncio.to_thread(self.composed.wait_healthy, name, now())
        back = time.monotonic()
        self.traffic.outages.append(Outage(fault, name, began, back))
        await self.traffic.progress(back)
        gaps = [
            max(later - earlier for earlier, later in zip([began, *found], found, strict=False))
            for times in self.traffic.answers.values()
            if (found := [at for at in times if at > began])
        ]
        log.info("%s: serves after %.1f s, longest silence %.1f s", fault, back - began, max(gaps))


@pytest.fixture(scope="module")
async def hurt(composed: Composed) -> AsyncIterator[Hurt]:
    """Everything that a machine does to containers, one after the other, while people talk."""
    hurt = Hurt(composed)
    await hurt.traffic.open()
    talking = asyncio.create_task(hurt.traffic.talk())
    try:
        await hurt.traffic.progress(time.monotonic())
        for name in ("kafka-1", "chat-1", "postgres-chat-0", "front-1"):
            await hurt.killed(name)
        await hurt.away(composed.paused, "chat-2")
        await hurt.away(composed.cut_off, "kafka-2")
        await hurt.away(composed.cut_off, "chat-1")
        assert not talking.done(), "somebody stopped talking"
        hurt.traffic.finish()
        await talking
        yield hurt
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await hurt.traffic.close()


async def test_everything_acknowledged_is_stored_once_in_order(hurt: Hurt) -> None:
    check_postgres(as_stack(hurt), hurt.traffic)
    told = hurt.traffic.repeats
    log.info("%d acknowledged, repeats: %s", len(hurt.traffic.sent), dict(told))


async def test_every_socket_was_shown_every_message_once_in_order(hurt: Hurt) -> None:
    await check_sockets(as_stack(hurt), hurt.traffic, heads_of(as_stack(hurt), hurt.traffic))


async def test_every_message_is_searchable_and_logged_once(hurt: Hurt) -> None:
    await check_elasticsearch(as_stack(hurt), hurt.traffic, heads_of(as_stack(hurt), hurt.traffic))


async def test_the_live_words_equal_a_recount(hurt: Hurt) -> None:
    await check_words(as_stack(hurt), hurt.traffic, hurt.traffic.users[0])
    await check_tables(as_stack(hurt))


def as_stack(hurt: Hurt) -> Any:
    """What those checks ask of a stack, the containers have too."""
    return hurt.composed
