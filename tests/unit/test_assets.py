"""The browser libraries are copied with their hashes, or the set-up says which one is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.assets import Asset, copy_assets, integrity, is_current, read_manifest

ASSET = (Asset("@scope/lib", "dist/lib.min.js"),)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "node_modules/@scope/lib"
    (package / "dist").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    (package / "dist/lib.min.js").write_text("alert(1)")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def copy(project: Path) -> None:
    copy_assets(project / "node_modules", project / "vendor", project / "package-lock.json", ASSET)


def current(project: Path) -> bool:
    return is_current(project / "vendor", project / "package-lock.json", ASSET)


def test_a_copied_file_is_listed_with_version_and_sha384(project: Path) -> None:
    copy(project)
    manifest = read_manifest(project / "vendor")
    assert manifest is not None
    assert manifest["files"]["lib.min.js"] == {
        "package": "@scope/lib",
        "version": "1.2.3",
        "integrity": integrity(project / "node_modules/@scope/lib/dist/lib.min.js"),
    }
    assert manifest["files"]["lib.min.js"]["integrity"].startswith("sha384-")
    assert current(project)


def test_it_is_done_again_when_the_lock_changed(project: Path) -> None:
    copy(project)
    (project / "package-lock.json").write_text('{"changed": true}')
    assert not current(project)


@pytest.mark.parametrize("damage", ["changed", "gone", "no manifest", "half a manifest"])
def test_it_is_done_again_when_a_file_is_not_as_listed(project: Path, damage: str) -> None:
    copy(project)
    file, manifest = project / "vendor/lib.min.js", project / "vendor/manifest.json"
    match damage:
        case "changed":
            file.write_text("alert(2)")
        case "gone":
            file.unlink()
        case "no manifest":
            manifest.unlink()
        case _:
            manifest.write_text('{"lock": ')
    assert not current(project)


def test_a_missing_file_is_named(project: Path) -> None:
    (project / "node_modules/@scope/lib/dist/lib.min.js").unlink()
    with pytest.raises(ConfigurationError, match=r"@scope/lib/dist/lib\.min\.js"):
        copy(project)
