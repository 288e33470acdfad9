"""What a process answers to whoever looks after it."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web.edge import health


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
async def test_a_process_that_is_not_ready_lives(path: str) -> None:
    app = web.Application()
    health.register(app, {"tail": lambda: "the tail is 9.0 s behind"})
    async with TestClient(TestServer(app)) as client:
        alive = await client.get(path)
        assert (alive.status, await alive.json()) == (200, {"status": "alive"})
        assert (await client.get("/readyz")).status == 503
