"""Installations in the cache are whole or not there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import cache

SAID: list[str] = []


def installing(content: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        (folder / "lib").mkdir()
        (folder / "lib/server.jar").write_text(content)

    return install


def never(_: Path) -> None:
    raise AssertionError("installed again")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CHATSTREAM_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/chatstream"),
        ({}, str(Path.home() / ".cache/chatstream")),
    ],
)
def test_the_folder_is_the_chosen_one_else_in_the_users_cache(
    environment: dict[str, str], expected: str
) -> None:
    assert cache.cache_folder(environment) == Path(expected)


def test_a_whole_installation_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    cache.ensure(folder, installing("one"), SAID.append)
    assert cache.ensure(folder, never, SAID.append) == folder
    assert (folder / "lib/server.jar").read_text() == "one"


def test_a_failed_installation_leaves_nothing_in_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "server"

    def fail(part: Path) -> None:
        (part / "half.jar").write_text("half")
        raise ConfigurationError("no network")

    with pytest.raises(ConfigurationError, match="no network"):
        cache.ensure(folder, fail, SAID.append)
    assert not folder.exists()
    cache.ensure(folder, installing("one"), SAID.append)
    assert not (folder / "half.jar").exists()


@pytest.mark.parametrize("damage", ["missing", "shorter", "manifest"])
def test_a_damaged_installation_is_said_and_made_again(tmp_path: Path, damage: str) -> None:
    folder, said = tmp_path / "server", list[str]()
    cache.ensure(folder, installing("one"), said.append)
    if damage == "missing":
        (folder / "lib/server.jar").unlink()
    elif damage == "shorter":
        (folder / "lib/server.jar").write_text("o")
    else:
        (folder / cache.MANIFEST).write_text("{")
    cache.ensure(folder, installing("two"), said.append)
    assert (folder / "lib/server.jar").read_text() == "two"
    assert "damaged" in said[-1]


def test_only_a_deep_look_compares_checksums(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    cache.ensure(folder, installing("one"), SAID.append)
    (folder / "lib/server.jar").write_text("eno")
    assert cache.faults(folder) == []
    assert cache.faults(folder, deep=True) == ["lib/server.jar has another checksum"]


def test_the_manifest_names_every_file_but_itself(tmp_path: Path) -> None:
    cache.ensure(tmp_path / "server", installing("one"), SAID.append)
    entries = json.loads((tmp_path / "server" / cache.MANIFEST).read_text())
    assert list(entries) == ["lib/server.jar"]


def test_a_file_with_another_content_than_pinned_is_named(tmp_path: Path) -> None:
    pinned = tmp_path / "pinned.sha256"
    (tmp_path / "good.jar").write_text("good")
    (tmp_path / "bad.jar").write_text("bad")
    digest = cache.sha256(tmp_path / "good.jar")
    pinned.write_text(f"{digest}  good.jar\n{digest}  bad.jar\n{digest}  absent.jar\n")
    assert cache.differences(tmp_path, cache.read_checksums(pinned)) == [
        "bad.jar has another checksum than the pinned one",
        "absent.jar is missing",
    ]


def test_a_full_disk_is_told_with_the_room_it_takes(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="free some space"):
        cache.require_space(tmp_path / "not/there", 2**60, "a test")
