"""Fetched things in a cache outside the clone: whole or absent, checked by checksum, locked."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chatstream.errors import ConfigurationError

MANIFEST = "MANIFEST.sha256"

Say = Callable[[str], None]
"""Tells the person at the terminal one line."""


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The cache's folder: CHATSTREAM_CACHE, else `chatstream` in the user's cache folder."""
    if chosen := environment.get("CHATSTREAM_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "chatstream"


def digest(path: Path, algorithm: str) -> str:
    """The hexadecimal digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def read_checksums(path: Path) -> dict[str, str]:
    """File name -> hexadecimal digest, from a file as `sha256sum` writes it."""
    pairs = (line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line)
    return {name: value for value, name in pairs}


def faults(folder: Path, checksums: Mapping[str, str], algorithm: str = "sha256") -> list[str]:
    """What differs between the files of a folder and their pinned digests; empty when equal."""
    found = []
    for name, expected in checksums.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif digest(path, algorithm) != expected:
            found.append(f"{name} has another checksum than the pinned one")
    return found


def write_manifest(folder: Path) -> None:
    """Keep the SHA-256 of every file of a folder in its MANIFEST.sha256."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{digest(path, 'sha256')}  {path.relative_to(folder)}\n" for path in files]
    (folder / MANIFEST).write_text("".join(lines), "utf-8")


def intact(folder: Path) -> bool:
    """Whether every file named in a folder's manifest is there, unchanged."""
    manifest = folder / MANIFEST
    return manifest.is_file() and not faults(folder, read_checksums(manifest))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; waits for another process that has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def install(folder: Path, build: Callable[[Path], None], say: Say) -> Path:
    """Have `folder` whole: build it beside and move it into place, unless it is intact already.

    Two processes that install the same wait for each other; a broken or half folder is built
    again. What `build` raises passes through and leaves nothing behind.
    """
    with locked(folder.with_name(f"{folder.name}.lock")):
        if intact(folder):
            return folder
        if folder.exists():
            say(f"{folder.name} in the cache is broken: made again")
            shutil.rmtree(folder)
        staging = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            build(staging)
            write_manifest(staging)
            os.replace(staging, folder)
        except OSError as error:
            raise ConfigurationError(f"{folder.name}: {error}") from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder
