"""People whom the tests of a module share: one account and one browser context, a page per test.

What a test does to its page goes with the page; what is said is in a room of its own. Who logs
out, is erased, is muted, chooses a language or needs lists without others' rooms is a `member` of
the test's own instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from infra.embedded.stack import Stack
from tests.e2e.readers import NARROW, Pair, Reader, member, stranger, visit

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest.fixture(scope="module")
async def minji(base_url: str, browser: Browser) -> AsyncIterator[Reader]:
    """The account and the context behind `reader` and `owner`."""
    async with member(browser, base_url, "김민지") as somebody:
        yield somebody


@pytest.fixture(scope="module")
async def alex(base_url: str, browser: Browser) -> AsyncIterator[Reader]:
    """The account and the context behind `guest`."""
    async with member(browser, base_url, "Alex") as somebody:
        yield somebody


@pytest.fixture(scope="session")
async def chief(stack: Stack, base_url: str, browser: Browser) -> str:
    """The handle of an operator; the role is given once, by the command line."""
    async with member(browser, base_url, "운영자") as somebody:
        await asyncio.to_thread(stack.command, "operator", "add", somebody.user_id)
        return somebody.user_id


@pytest.fixture
async def operator(chief: str, base_url: str, browser: Browser) -> AsyncIterator[Reader]:
    """The operator in a browser of their own."""
    async with stranger(browser, base_url) as somebody:
        somebody.user_id, somebody.name = chief, "운영자"
        await somebody.log_in()
        yield somebody


@pytest.fixture
async def reader(minji: Reader) -> AsyncIterator[Reader]:
    """A member alone, on a new page."""
    async with visit(minji) as visitor:
        yield visitor


@pytest.fixture
async def owner(minji: Reader) -> AsyncIterator[Reader]:
    """A member who makes rooms, on a new page; the same person as `reader`."""
    async with visit(minji) as visitor:
        yield visitor


@pytest.fixture
async def guest(alex: Reader) -> AsyncIterator[Reader]:
    """Another member, on a new page."""
    async with visit(alex) as visitor:
        yield visitor


@pytest.fixture
async def two_in_a_room(owner: Reader, guest: Reader) -> Pair:
    """Owner and guest with the same new open room on their screens, the guest's a phone's."""
    await guest.page.set_viewport_size(NARROW)
    room_id = await owner.new_room("open", "주말 등산")
    await owner.enter(room_id)
    await guest.enter(room_id)
    return owner, guest
