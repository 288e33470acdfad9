"""What documents say of packages and variables is what the files and the settings say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chatstream.variables import markdown

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==(\S+)", re.MULTILINE)


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
