"""What documents say of packages, variables, paths and topics is what the files say."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest

from chatstream.commands.variables import markdown
from schemas import topic_table

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==(\S+)", re.MULTILINE)
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/adr/*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")
FOLDERS = ("chatstream", "agents", "tables", "web", "schemas", "infra", "tests", "docs")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`")
PAGES = sorted([ROOT / "docs/architecture.md", *ROOT.glob("docs/architecture/**/*.md")])
ADR_PARTS = ("Status", "Context", "Decision", "Consequences", "Alternatives")
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]


def pins(name: str) -> dict[str, str]:
    """Package -> version of a requirements file."""
    return dict(PIN.findall((ROOT / name).read_text()))


def browser_pins() -> dict[str, str]:
    package = json.loads((ROOT / "package.json").read_text())
    return {**package["dependencies"], **package["devDependencies"]}


def test_operations_lists_every_variable() -> None:
    assert markdown() in (ROOT / "docs/operations.md").read_text(), (
        "replace the table in docs/operations.md with: python -m chatstream settings"
    )


@pytest.mark.parametrize("source", ["requirements.in", "requirements-dev.in", "package.json"])
def test_dependencies_names_each_package_with_its_version(source: str) -> None:
    wanted = browser_pins() if source == "package.json" else pins(source)
    rows = (ROOT / "docs/dependencies.md").read_text().splitlines()
    assert wanted
    for package, version in wanted.items():
        assert any(package in row and version in row for row in rows), f"{package} {version}"


def test_dependencies_names_no_package_that_is_not_used() -> None:
    used = {**pins("requirements.in"), **pins("requirements-dev.in"), **browser_pins()}
    known = {name.split("[")[0] for name in used}
    text = (ROOT / "docs/dependencies.md").read_text()
    for heading in ("Run time: Python", "In the browser", "Tests and checks"):
        rows = rows_of(text.split(f"## {heading}\n")[1].split("\n## ")[0])[2:]
        named = {re.split(r"[\[ ]", each)[0] for row in rows for each in row[0].split(", ")}
        assert named <= known


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_each_direct_package_is_locked_at_its_version(name: str) -> None:
    locked = {package.lower(): version for package, version in pins(f"{name}.lock").items()}
    for package, version in pins(f"{name}.in").items():
        assert locked[package.lower()] == version


def test_the_lock_for_tests_holds_the_lock_to_run() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_the_npm_lock_has_hashes_and_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    assert all("integrity" in entry for path, entry in packages.items() if path)


# -- what documents name is there ------------------------------------------------------------


def text_of(name: str) -> str:
    """A document without its fenced blocks."""
    return FENCE.sub("", (ROOT / name).read_text())


def rows_of(text: str) -> list[list[str]]:
    """The cells of all table rows."""
    return [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_readme_maps_every_top_folder() -> None:
    text = text_of("README.md")
    named = PATH.findall(text.split("## Folders")[1].split("\n## ")[0])
    assert {path.split("/")[0] for path in named} == set(FOLDERS)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "docs/adding-a-feature.md"])
def test_every_path_a_document_names_is_there(name: str) -> None:
    missing = {path for path in PATH.findall(text_of(name)) if not (ROOT / path).exists()}
    assert not missing - {"docs/benchmarks.md"}, "`make bench` writes that one, nobody the others"


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    missing = [link for link in LINK.findall(text_of(name)) if not (folder / link).exists()]
    assert not missing


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_a_document_names_is_there(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", (ROOT / name).read_text())) <= targets


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_its_five_parts_and_one_page(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.stem[:4]}: ")
    parts = re.findall(r"^(?:## )?([A-Z][a-z]+)(?:$|: )", text, re.MULTILINE)
    assert [part for part in parts if part in ADR_PARTS] == list(ADR_PARTS)
    assert len(text.splitlines()) <= 60


def test_no_two_decisions_share_a_number() -> None:
    numbers = [path.stem[:4] for path in DECISIONS]
    assert len(numbers) == len(set(numbers))


def test_the_table_of_topics_is_the_catalogue() -> None:
    assert text_of("docs/topics.md") == topic_table.text(), (
        "replace docs/topics.md with: python -m chatstream topics table"
    )


def test_the_map_names_every_page_that_no_feature_owns() -> None:
    named = LINK.findall(text_of("docs/architecture.md"))
    shared = {f"architecture/{page.name}" for page in ROOT.glob("docs/architecture/*.md")}
    assert {link for link in named if link.startswith("architecture/")} == {
        "architecture/features/",
        *shared,
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_of_the_architecture_has_a_title_and_lines_of_120_letters(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert [line for line in lines if len(line) > 120] == []


def test_the_import_rules_are_those_that_are_held() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    layers = config["importlinter:contract:layers"]["layers"].split("\n")
    held = " > ".join(layer.strip() for layer in layers if layer.strip())
    assert held in " ".join((ROOT / "docs/architecture/imports.md").read_text().split())
