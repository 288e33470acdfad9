"""The pages as responses: who gets them, in which language, and what is inside."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp.web import Application
from yarl import URL

from chatstream.domain.watched_words import MOST
from chatstream.errors import ConfigurationError
from schemas.catalogue import MEMBER_PAGES, OPERATOR_PAGES
from tests.unit.web.edge import Edge, bearer, fault_of
from web import docs, pages

ROOM = "/rooms/0192f0c1-2345-7abc-8def-0123456789ab"
HTML = {"Accept": "text/html"}
HOSTILE = "</script><script>alert(1)</script>"
ISLAND = re.compile(r'<script type="application/json" id="page-data">(.*?)</script>', re.DOTALL)


@pytest.fixture
async def edge(make_edge: Callable[..., Any]) -> Edge:
    def routes(web_app: Application) -> None:
        pages.register(web_app)
        docs.register(web_app)
        web_app.router.add_get("/ops/sanctions", pages.sanctions)

    made: Edge = await make_edge(routes)
    return made


async def page(edge: Edge, path: str, **headers: str) -> tuple[int, str, Any]:
    response = await edge.client.get(path, headers=HTML | headers, allow_redirects=False)
    return response.status, await response.text(), response.headers


async def token_of(edge: Edge, name: str = "민수") -> str:
    assert (await edge.signup(name=name)).status == 201
    return str((await edge.tokens())["accessToken"])


def data_in(text: str) -> dict[str, Any]:
    (found,) = ISLAND.findall(text)
    data: dict[str, Any] = json.loads(found)
    return data


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", "/login"),
        ("/rooms", "/login?next=/rooms"),
        ("/friends", "/login?next=/friends"),
        ("/search?q=a", "/login?next=/search?q%3Da"),
        (ROOM, f"/login?next={ROOM}"),
        (f"{ROOM}?seq=7", f"/login?next={ROOM}?seq%3D7"),
    ],
)
async def test_a_stranger_is_sent_to_the_login_and_back(edge: Edge, path: str, place: str) -> None:
    status, _, headers = await page(edge, path)
    assert (status, headers["Location"]) == (303, place)


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("http://evil.example/rooms", "/login?next=/rooms"),
        ("http://evil.example//words?a=1", None),
        ("//evil.example/rooms", None),
        ("//rooms", None),
        ("/..//evil.example", None),
        ("/rooms/..//evil.example", None),
        ("/%2f%2fevil.example", None),
        ("/rooms?x=//evil.example", "/login?next=/rooms?x%3D//evil.example"),
    ],
)
async def test_whatever_line_a_request_has_it_is_sent_nowhere_else(
    edge: Edge, target: str, place: str | None
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.client.port)
    lines = (f"GET {target} HTTP/1.1", "Host: evil.example", "Accept: text/html", "", "")
    writer.write("\r\n".join(lines).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    sent = re.findall(r"(?im)^Location: (.*?)\r?$", head)
    assert sent == ([] if place is None else [place])
    assert int(head.split()[1]) in ({404} if place is None else {303})


async def test_another_sites_link_to_a_room_asks_before_it_joins(edge: Edge) -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    _, _, headers = await page(edge, ROOM, **cross)
    assert headers["Location"] == f"/login?next={ROOM}?ask%3D1"
    authorization = bearer(await token_of(edge))
    _, text, _ = await page(edge, ROOM, **authorization, **cross)
    assert data_in(text)["askToJoin"] is True
    _, text, _ = await page(edge, ROOM, **authorization)
    assert data_in(text)["askToJoin"] is False


async def test_a_page_holds_the_callers_own_name_as_data_only(edge: Edge) -> None:
    authorization = bearer(await token_of(edge, HOSTILE))
    status, text, headers = await page(edge, ROOM, **authorization)
    assert status == 200
    assert data_in(text)["me"] == {"userId": "minsu", "name": HOSTILE}
    assert HOSTILE not in text
    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "lang"),
    [
        ({"Accept-Language": "ko-KR,en;q=0.8"}, "ko"),
        ({"Accept-Language": "fr"}, "en"),
        ({"Accept-Language": "en", "Cookie": "lang=ko"}, "ko"),
    ],
)
async def test_a_page_is_in_the_readers_language(
    edge: Edge, headers: dict[str, str], lang: str
) -> None:
    _, text, answered = await page(edge, "/login", **headers)
    assert f'<html lang="{lang}">' in text
    assert answered["Content-Language"] == lang


async def test_only_a_known_theme_reaches_the_page(edge: Edge) -> None:
    _, text, _ = await page(edge, "/login", Cookie="theme=dark")
    assert 'data-theme="dark"' in text
    _, text, _ = await page(edge, "/login", Cookie='theme="><b>')
    assert "data-theme" not in text


async def test_libraries_come_with_their_integrity(edge: Edge) -> None:
    _, text, _ = await page(edge, "/rooms", **bearer(await token_of(edge)))
    assert re.search(
        r'src="/static/@[0-9a-f]{16}/vendor/stomp.umd.min.js" integrity="sha384-[^"]{64}"', text
    )


async def test_the_charts_come_with_their_library(edge: Edge) -> None:
    _, text, _ = await page(edge, "/words", **bearer(await token_of(edge)))
    for file in ("uPlot.iife.min.js", "uPlot.min.css"):
        assert re.search(rf'="/static/@\w{{16}}/vendor/{file}" integrity="sha384-[^"]{{64}}"', text)


async def test_another_sites_link_keeps_what_it_says(edge: Edge) -> None:
    path = "/words?range=24h&watch=a&watch=%EC%B0%A8&ask=0"
    status, _, headers = await page(edge, path, **{"Sec-Fetch-Site": "cross-site"})
    back = parse_qs(urlsplit(headers["Location"]).query)["next"][0]
    assert (status, urlsplit(back).path) == (303, "/words")
    found = parse_qs(urlsplit(back).query)
    assert found == {"range": ["24h"], "watch": ["a", "차"], "ask": ["1"]}


async def test_operators_are_led_to_their_pages_and_nobody_else_is(edge: Edge) -> None:
    token = await token_of(edge)
    _, text, _ = await page(edge, "/search", **bearer(token))
    assert "/ops/" not in text
    for listed in MEMBER_PAGES:
        assert f'<a class="button wide" href="{listed.path}"' in text
    operator = await edge.operator("minsu")
    _, text, _ = await page(edge, "/search", **operator)
    assert f'class="rail-link" href="{OPERATOR_PAGES[0].path}"' in text
    _, text, _ = await page(edge, "/ops/sanctions", **operator)
    for led in OPERATOR_PAGES:
        assert f'<a href="{led.path}"' in text
    assert text.count('href="/ops/sanctions" aria-current="page"') == 1
    assert f'class="rail-link" href="{OPERATOR_PAGES[0].path}" aria-current="page"' in text


async def test_the_documentation_has_our_colours_over_its_own_and_leads_operators_back(
    edge: Edge,
) -> None:
    _, text, _ = await page(edge, "/docs")
    assert 0 < text.index("/vendor/swagger-ui.css") < text.index("/css/docs.css")
    assert "operators-nav" not in text
    await token_of(edge)
    _, text, _ = await page(edge, "/docs", **await edge.operator("minsu"))
    assert '<a href="/docs" aria-current="page">' in text


async def test_only_operators_get_the_part_of_watched_words(edge: Edge) -> None:
    token = await token_of(edge)
    _, text, _ = await page(edge, "/words", **bearer(token))
    assert 'id="watched"' not in text
    assert data_in(text)["mostWatched"] is None
    _, text, _ = await page(edge, "/words", **await edge.operator("minsu"))
    assert 'id="watched"' in text
    assert data_in(text)["mostWatched"] == MOST


async def test_static_files_are_asked_for_again_before_reuse(edge: Edge) -> None:
    response = await edge.client.get("/static/js/room_page.js")
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.content_type.endswith("/javascript")
    same = {"If-None-Match": response.headers["ETag"]}
    assert (await edge.client.get("/static/js/room_page.js", headers=same)).status == 304


@pytest.mark.parametrize(
    "name",
    ["missing.js", "js", "js/", "a" * 300, "a/" * 3000, "%00", "js/%00.js", "%c3%bf", "..%2f"],
)
async def test_a_static_file_that_is_none_is_not_found(edge: Edge, name: str) -> None:
    path = URL(f"/static/{name}", encoded=True)
    assert (await fault_of(await edge.client.get(path)))[:2] == (404, "NOT_FOUND")
    page = await edge.client.get(path, headers={"Accept": "text/html"})
    assert (page.status, page.content_type) == (404, "text/html")


async def test_a_static_file_whose_name_is_no_utf8_names_nothing(edge: Edge) -> None:
    path = URL("/static/%ff", encoded=True)
    assert (await fault_of(await edge.client.get(path)))[:2] == (400, "INVALID_INPUT")


async def test_nothing_outside_the_static_folder_is_served(edge: Edge) -> None:
    for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/"):
        response = await edge.client.get(path)
        assert response.status in (403, 404)


async def test_a_browser_gets_a_page_for_an_error_and_a_program_the_envelope(edge: Edge) -> None:
    status, text, _ = await page(edge, "/no/such/page", **{"Accept-Language": "ko"})
    assert status == 404
    assert "찾을 수 없어요" in text
    response = await edge.client.get("/no/such/page", headers={"Accept": "application/json"})
    assert (await response.json())["error"]["code"] == "NOT_FOUND"


async def test_missing_libraries_are_a_configuration_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_edge: Callable[..., Any]
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    with pytest.raises(ConfigurationError, match="make setup"):
        await make_edge(pages.register)
