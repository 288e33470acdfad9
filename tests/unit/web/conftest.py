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
from tests.unit.web.served import Served, whole_interface

HERE = Path(__file__).parent
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


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with whole_interface(tmp_path) as running:
        yield running


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Look at the rows that were seen after all tests of this folder, if all of them run."""
    own = [item for item in items if item.path.parent == HERE]
    last = [item for item in own if item.path.name == "test_rows_seen.py"]
    is_whole = {*HERE.glob("test_*.py")} <= {item.path for item in own}
    is_cut = config.option.keyword or config.option.lf or any("::" in one for one in config.args)
    if is_whole and not is_cut:
        own = [*(item for item in own if item not in last), *last]
    else:
        own = [item for item in own if item not in last]
    place = next((at for at, item in enumerate(items) if item.path.parent == HERE), 0)
    items[:] = [item for item in items if item.path.parent != HERE]
    items[place:place] = own
