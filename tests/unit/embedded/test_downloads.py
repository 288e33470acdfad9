"""How the servers' files are fetched, checked and unpacked."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import cache, downloads
from infra.embedded.downloads import Pinned

GOOD = b"the right bytes"
FILE = Pinned("org.example:thing:1.0:zip", len(GOOD), hashlib.sha256(GOOD).hexdigest())


class Maven:
    """Puts the given contents into the local repository, one for each call."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = list(contents)

    def __call__(self, arguments: Sequence[str]) -> None:
        assert f"-Dartifact={FILE.artifact}" in arguments
        FILE.path().parent.mkdir(parents=True, exist_ok=True)
        FILE.path().write_bytes(self.contents.pop(0))


@pytest.fixture(autouse=True)
def own_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "local_repository", lambda: tmp_path / "repository")


def quiet(_: str) -> None:
    pass


def test_a_file_that_is_there_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    Maven(GOOD)([f"-Dartifact={FILE.artifact}"])
    monkeypatch.setattr(downloads, "run_maven", Maven())
    assert downloads.fetch(FILE, quiet).read_bytes() == GOOD


def test_a_half_file_is_found_by_its_checksum_and_fetched_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(downloads, "run_maven", Maven(GOOD[:5], GOOD))
    assert downloads.fetch(FILE, said.append).read_bytes() == GOOD
    assert any("wrong checksum" in line for line in said)


def test_a_checksum_that_is_wrong_twice_ends_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "run_maven", Maven(b"evil", b"evil"))
    with pytest.raises(ConfigurationError, match="another checksum than the pinned one"):
        downloads.fetch(FILE, quiet)


def test_only_the_named_folder_is_unpacked_and_programs_stay_executable(tmp_path: Path) -> None:
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        entry = zipfile.ZipInfo("outer/server/bin/start")
        entry.external_attr = 0o755 << 16
        bundle.writestr(entry, "run")
        bundle.writestr("outer/other/file", "not wanted")
    downloads.unpack(archive, "outer/server/", tmp_path / "into")
    found = [path for path in (tmp_path / "into").rglob("*") if path.is_file()]
    assert found == [tmp_path / "into/bin/start"]
    assert found[0].stat().st_mode & 0o777 == 0o755


def test_every_server_has_a_pinned_checksum() -> None:
    for name in ("elasticsearch", "nori"):
        assert len(downloads.pinned(name).sha256) == 64
        assert downloads.pinned(name).bytes > 0
    jars = cache.read_checksums(downloads.HERE / "checksums" / "kafka-4.1.0.sha256")
    assert {f"kafka_2.13-{downloads.KAFKA_VERSION}.jar"} <= jars.keys()


def test_an_installation_is_named_by_what_it_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = downloads.kafka_folder(tmp_path)
    assert downloads.kafka_folder(tmp_path) == before
    (tmp_path / "maven").mkdir()
    (tmp_path / "checksums").mkdir()
    (tmp_path / "maven/pom.xml").write_text("another")
    (tmp_path / f"checksums/kafka-{downloads.KAFKA_VERSION}.sha256").write_text("another")
    monkeypatch.setattr(downloads, "HERE", tmp_path)
    assert downloads.kafka_folder(tmp_path) != before
