"""The HTTP edge, a hub and a STOMP front as fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chatstream.settings import WebSettings, load_settings
from tests.fakes.hub import World, new_world
from tests.fakes.rooms import ROOM
from tests.fakes.stomp import Front, running_front
from tests.unit.web.edge import ORIGIN, Edge, Routes

MakeEdge = Callable[..., Any]


@pytest.fixture
async def make_edge(tmp_path: Path) -> AsyncIterator[MakeEdge]:
    made: list[Edge] = []

    async def make(more_routes: Routes | None = None, **overrides: object) -> Edge:
        overrides.setdefault("web", WebSettings(public_url=ORIGIN))
        edge = await Edge(tmp_path / "keys", load_settings(**overrides), more_routes).start()
        made.append(edge)
        return edge

    yield make
    for edge in made:
        await edge.client.close()


@pytest.fixture
async def edge(make_edge: MakeEdge) -> Edge:
    made: Edge = await make_edge()
    return made


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A hub over a store with one room of min, jun and eve."""
    made = new_world()
    yield made
    await made.hub.stop()


@pytest_asyncio.fixture
async def front() -> AsyncIterator[Front]:
    """A front on loopback over a store with one room of min and jun."""
    async with running_front() as running:
        running.rooms.create(ROOM, "min", "jun")
        yield running
