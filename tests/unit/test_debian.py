"""Missing Debian packages are named in one line; nothing is installed without root."""

from __future__ import annotations

import pytest

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
