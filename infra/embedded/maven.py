"""Fetches artifacts through the `mvn` command, with progress for large ones."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded.cache import Say

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
REPORT_EVERY = 5.0  # seconds between two lines of progress


def local_repository() -> Path:
    """Where Maven keeps what it fetched; given to every call, so that it is known."""
    return Path("~/.m2/repository").expanduser()


def copy_dependencies(pom: Path, into: Path) -> None:
    """Put every run-time jar that a POM names, with what those need, into a folder."""
    _run(
        "-f",
        str(pom),
        f"{PLUGIN}:copy-dependencies",
        f"-DoutputDirectory={into}",
        "-DincludeScope=runtime",
    )


def copy_artifact(coordinates: str, into: Path) -> None:
    """Put one artifact (group:name:version:type) into a folder."""
    _run(f"{PLUGIN}:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={into}")


def get_artifact(coordinates: str, size: int, say: Say) -> Path:
    """Fetch one large artifact into Maven's own folder and tell how far it is; its path there."""
    group, name, version, kind = coordinates.split(":")
    folder = local_repository().joinpath(*group.split("."), name, version)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, size, done, say), daemon=True)
    watcher.start()
    try:
        _run(f"{PLUGIN}:get", f"-Dartifact={coordinates}", "-Dtransitive=false")
    finally:
        done.set()
        watcher.join()
    return folder / f"{name}-{version}.{kind}"


def _watch(folder: Path, size: int, done: threading.Event, say: Say) -> None:
    while not done.wait(REPORT_EVERY):
        have = max((_size(path) for path in folder.glob("*.zip*")), default=0)
        say(f"  {have / 1e6:,.0f} of {size / 1e6:,.0f} MB")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # renamed between the listing and the look
        return 0


def _run(*arguments: str) -> None:
    command = ["mvn", "-B", "-q", f"-Dmaven.repo.local={local_repository()}", *arguments]
    environment = {**os.environ, "MAVEN_OPTS": "-Djansi.mode=strip"}
    try:
        result = subprocess.run(  # noqa: S603 (fixed command, no input of others)
            command, capture_output=True, text=True, check=False, env=environment
        )
    except FileNotFoundError as error:
        raise ConfigurationError("mvn is missing: apt-get install maven") from error
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise ConfigurationError(f"mvn could not fetch {arguments[-2:]}:\n{tail}")
