"""The pages of posts as responses: who gets them, and what their scripts are given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aiohttp.web import Application

from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import Edge, bearer
from web import pages
from web.contents import pages as own

CONTENT_ID = "0199C0DE-0000-7000-8000-00000000000A"
MEMBERS = ("/feed", f"/content/{CONTENT_ID}", "/people/jieun", "/write")
ISLAND = re.compile(r'<script type="application/json" id="page-data">(.*?)</script>', re.DOTALL)


@pytest.fixture
async def edge(make_edge: MakeEdge) -> Edge:
    def routes(web_app: Application) -> None:
        pages.register(web_app)
        own.register(web_app)
        web_app.router.add_get("/content/{contentId}", own.content)
        web_app.router.add_get("/ops/inspections", own.operators)

    made: Edge = await make_edge(routes)
    return made


async def page(edge: Edge, path: str, headers: dict[str, str]) -> tuple[int, str, Any]:
    headers = {"Accept": "text/html"} | headers
    response = await edge.client.get(path, headers=headers, allow_redirects=False)
    return response.status, await response.text(), response.headers


@pytest.mark.parametrize("path", [*MEMBERS, "/ops/inspections"])
async def test_a_stranger_is_sent_to_the_login(edge: Edge, path: str) -> None:
    status, _, headers = await page(edge, path, {})
    assert (status, headers["Location"]) == (303, f"/login?next={path}")


@pytest.mark.parametrize("path", MEMBERS)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_member_gets_the_page_in_each_language(
    edge: Edge, path: str, language: str
) -> None:
    token = bearer((await edge.tokens())["accessToken"])
    status, text, headers = await page(edge, path, token | {"Accept-Language": language})
    assert (status, headers["Content-Language"]) == (200, language)
    (found,) = ISLAND.findall(text)
    data = json.loads(found)
    assert data.get("contentId") == (CONTENT_ID.lower() if "/content/" in path else None)
    assert data.get("authorId") == ("jieun" if "/people/" in path else None)


async def test_a_path_that_can_name_no_post_is_no_page(edge: Edge) -> None:
    member = bearer((await edge.tokens())["accessToken"])
    for path in ("/content/preview", "/content/1"):
        assert (await page(edge, path, member))[0] == 404


async def test_the_queue_is_for_operators(edge: Edge) -> None:
    member = bearer((await edge.tokens())["accessToken"])
    assert (await page(edge, "/ops/inspections", member))[0] == 403
    status, text, _ = await page(edge, "/ops/inspections", await edge.operator())
    assert (status, "inspections-state" in text) == (200, True)
