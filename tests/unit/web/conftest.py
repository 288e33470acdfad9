"""The HTTP edge as fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from chatstream.settings import WebSettings, load_settings
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
