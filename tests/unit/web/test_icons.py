"""The icons of the pages are in the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.web.edge import Edge
from web import pages

TEXTS = [
    path.read_text()
    for path in (
        *(pages.FOLDER / "templates").glob("*.html"),
        *(pages.STATIC / "js").glob("*.js"),
    )
]
SYMBOL = re.compile(r'<symbol id="icon-([\w-]+)"')
"""In every page, or in the part of a page that brings it."""
ICON = re.compile(r"""\bicon\(\s*["']([\w-]+)["']|\bnav_link\([^,]+,\s*["']([\w-]+)["']""")


@pytest.fixture
async def edge(make_edge: Callable[..., Any]) -> Edge:
    made: Edge = await make_edge(pages.register)
    return made


async def test_every_icon_is_in_the_page_itself(edge: Edge) -> None:
    page = await (await edge.client.get("/login")).text()
    there = set(SYMBOL.findall(page)).union(*map(SYMBOL.findall, TEXTS))
    used = {first or second for text in TEXTS for first, second in ICON.findall(text)}
    assert used
    assert used <= there
    assert not [use for use in re.findall(r'<use href="([^"]*)"', page) if use[:6] != "#icon-"]
