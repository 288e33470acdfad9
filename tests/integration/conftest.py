"""Fixtures of several integration tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.integration.nginx_rig import Running, running_gateway


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway of the test's own, before upstreams that say what arrived."""
    async with running_gateway(tmp_path) as found:
        yield found
