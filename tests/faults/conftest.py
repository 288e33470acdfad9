"""One scene for all tests of what must hold after the faults."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from infra.embedded.stack import Stack
from tests.client.known import chat_dsns
from tests.faults.injections import SMALL
from tests.faults.scene import Scene, played
from tests.faults.traffic import Traffic
from tests.generated import homes_of


@pytest.fixture(scope="session")
async def scene(stack: Stack) -> AsyncIterator[Scene]:
    """The stack after every volley at small size; its tests only look, each at one rule."""
    homes = homes_of(chat_dsns(stack)[0])
    traffic = Traffic(stack.base_url, homes, clients=6, messages=60, pace=0.8)
    async with played(stack, traffic, SMALL) as scene:
        yield scene
