"""What pages load is kept by browsers for ever, until its content is another."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.unit.web.edge import Edge
from web import pages
from web.static_files import ASK_FIRST, FOR_EVER, StaticFiles

TEMPLATES = {
    path.name: path.read_text() for path in sorted((pages.FOLDER / "templates").glob("*.html"))
}
SCRIPTS = {path.name: path.read_text() for path in sorted((pages.STATIC / "js").glob("*.js"))}
NAMED = re.compile(r"""static\(['"]([^'"]+)['"]\)""")
IMPORTED = re.compile(r"""^(?:import|export|\}).*?\bfrom "([^"]+)";$""", re.MULTILINE)
IMPORTS = re.compile(r"\bfrom [\"']|\bimport\s*[\"'(]")


@pytest.fixture
async def edge(make_edge: Callable[..., Any]) -> Edge:
    made: Edge = await make_edge(pages.register)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "css").mkdir()
    for name in ("js/a.js", "js/b.js", "css/c.css"):
        (tmp_path / name).write_text(f"/* {name} */")
    return tmp_path


async def control(edge: Edge, address: str) -> str:
    response = await edge.client.get(address)
    assert response.status == 200, address
    return response.headers["Cache-Control"]


@pytest.mark.parametrize("template", TEMPLATES)
async def test_whatever_a_template_loads_is_kept_for_ever(edge: Edge, template: str) -> None:
    text, files = TEMPLATES[template], StaticFiles(pages.STATIC)
    assert "/static/" not in text
    for name in NAMED.findall(text):
        assert await control(edge, files.address(name)) == FOR_EVER


async def test_whatever_a_script_imports_is_kept_with_it(edge: Edge) -> None:
    files = StaticFiles(pages.STATIC)
    for script in SCRIPTS:
        assert await control(edge, files.address(f"js/{script}")) == FOR_EVER


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_imports_the_others_of_its_state(script: str) -> None:
    text, files = SCRIPTS[script], StaticFiles(pages.STATIC)
    assert "/static/" not in text
    imported = IMPORTED.findall(text)
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    assert len(imported) == len(IMPORTS.findall(code))
    for name in imported:
        address = urljoin(files.address(f"js/{script}"), name)
        assert address == files.address(f"js/{name.removeprefix('./')}")


async def test_the_content_is_the_same_at_either_address(edge: Edge) -> None:
    address = StaticFiles(pages.STATIC).address("js/dom.js")
    kept, asked = await edge.client.get(address), await edge.client.get("/static/js/dom.js")
    assert await kept.read() == await asked.read()
    assert asked.headers["Cache-Control"] == ASK_FIRST
    same = {"If-None-Match": kept.headers["ETag"]}
    again = await edge.client.get(address, headers=same)
    assert (again.status, again.headers["Cache-Control"]) == (304, FOR_EVER)


async def test_another_states_address_is_served_but_not_kept(edge: Edge) -> None:
    assert await control(edge, f"/static/@{'0' * 16}/js/dom.js") == ASK_FIRST
    for form in ("@", "@0", f"@{'0' * 17}", f"@{'A' * 16}"):
        assert (await edge.client.get(f"/static/{form}/js/dom.js")).status == 404
    assert (await edge.client.get(f"/static/@{'0' * 16}/js/none.js")).status == 404
    outside = await edge.client.get(f"/static/@{'0' * 16}/%2e%2e/pages.py")
    assert outside.status in (403, 404)


def test_scripts_change_their_address_together_and_nothing_else_does(folder: Path) -> None:
    before = StaticFiles(folder)
    (folder / "js/b.js").write_text("another")
    after = StaticFiles(folder)
    assert after.address("js/a.js") != before.address("js/a.js")
    assert after.address("css/c.css") == before.address("css/c.css")
    (folder / "css/c.css").write_text("another")
    assert StaticFiles(folder).address("css/c.css") != after.address("css/c.css")
    assert StaticFiles(folder).address("js/a.js") == after.address("js/a.js")


def test_two_names_of_one_content_have_addresses_of_their_own(folder: Path) -> None:
    before = StaticFiles(folder)
    (folder / "js/b.js").rename(folder / "js/z.js")
    assert StaticFiles(folder).address("js/a.js") != before.address("js/a.js")
    with pytest.raises(KeyError):
        StaticFiles(folder).address("js/b.js")


async def test_a_file_written_while_the_front_runs_is_not_kept_under_the_old_hash(
    folder: Path, make_edge: Callable[..., Any]
) -> None:
    files = StaticFiles(folder)
    edge = await make_edge(lambda app: app.router.add_get("/static/{file:.+}", files.serve))
    assert await control(edge, files.address("css/c.css")) == FOR_EVER
    (folder / "css/c.css").write_text("written by a deployment")
    assert await control(edge, files.address("css/c.css")) == ASK_FIRST
