"""Missing Debian packages are named in one line; nothing is installed without root."""

from __future__ import annotations

import pytest

from infra.embedded import debian
from infra.embedded.debian import Need, apt_line, ensure, missing, parse_java_version

HERE = Need("here", "package-here", lambda: True)
GONE = Need("gone", "package-gone", lambda: False)
ALSO_GONE = Need("also gone", "package-gone", lambda: False)


def test_only_what_is_not_there_is_missing() -> None:
    assert missing([HERE, GONE, ALSO_GONE]) == [GONE, ALSO_GONE]


def test_a_package_is_named_once() -> None:
    line = apt_line([GONE, ALSO_GONE])
    assert line == ["apt-get", "install", "-y", "--no-install-recommends", "package-gone"]


def test_without_root_it_stops_with_the_one_line() -> None:
    message = ensure([HERE, GONE], root=False)
    assert message is not None
    assert "sudo apt-get install -y --no-install-recommends package-gone" in message


def test_nothing_is_said_when_all_is_there() -> None:
    assert ensure([HERE], root=True) is None


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What apt-get was asked for, on a machine that lacks only what is wanted."""
    packages: list[str] = []
    for name, needs in (("RUN", [HERE]), ("TEST", [HERE]), ("WANTED", [HERE, GONE])):
        monkeypatch.setattr(debian, name, needs)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(
        debian, "install", lambda needs: packages.extend(need.package for need in needs)
    )
    return packages


@pytest.mark.parametrize("purpose", ["run", "test"])
def test_root_gets_what_is_only_wanted_too(
    purpose: str, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert debian.main([purpose]) == 0
    assert installed == ["package-gone"]


@pytest.mark.parametrize("purpose", ["run", "test"])
def test_others_go_on_without_it_and_read_how_to_get_it(
    purpose: str,
    installed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert debian.main([purpose]) == 0
    assert installed == []
    told = capsys.readouterr().out
    assert told.startswith("going on without what is only wanted: missing: gone.")
    assert "sudo apt-get install -y --no-install-recommends package-gone" in told


def test_rsyslog_and_its_way_to_kafka_are_wanted() -> None:
    assert [need.package for need in debian.WANTED] == ["rsyslog", "rsyslog-kafka"]


def test_redis_is_for_its_own_tests_and_the_bench_alone() -> None:
    needs = {name: debian.needs_of(name) or () for name in ("run", "test", "operate", "bench")}
    wanting = [name for name, each in needs.items() if "redis-server" in {n.package for n in each}]
    assert wanting == ["operate", "bench"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ("javac 21.0.1", 21),
        ('java version "1.8.0_402"', 1),
        ("something else", None),
    ],
)
def test_javas_version_is_read_from_its_own_words(text: str, version: int | None) -> None:
    assert parse_java_version(text) == version
