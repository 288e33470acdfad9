"""Installations outside the clone: whole or not there, checked, made by one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chatstream.errors import ConfigurationError

MANIFEST = "MANIFEST.json"

Say = Callable[[str], None]
"""Tells the person at the terminal one line."""


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`CHATSTREAM_CACHE`, else `chatstream` in the user's cache folder (XDG)."""
    if chosen := environment.get("CHATSTREAM_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "chatstream"


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_checksums(path: Path) -> dict[str, str]:
    """File name -> hexadecimal digest, from a file as `sha256sum` writes it."""
    pairs = (line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line)
    return {name: value for value, name in pairs}


def differences(folder: Path, checksums: Mapping[str, str]) -> list[str]:
    """What differs between the files of a folder and their pinned digests; empty when equal."""
    found = []
    for name, expected in checksums.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif sha256(path) != expected:
            found.append(f"{name} has another checksum than the pinned one")
    return found


def write_manifest(folder: Path) -> None:
    """Write down size and checksum of every file of a finished installation."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in files
    }
    (folder / MANIFEST).write_text(json.dumps(entries, indent=1), "utf-8")


def faults(folder: Path, *, deep: bool = False) -> list[str]:
    """What is wrong with an installation; empty if it is whole.

    Sizes are always compared (some hundred `stat` calls); `deep` compares checksums as well.
    """
    try:
        entries = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return ["it is not complete"] if folder.exists() else ["it is not there"]
    except ValueError:
        return [f"{MANIFEST} is damaged"]
    found = []
    for name, expected in entries.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != expected["bytes"]:
            found.append(f"{name} is missing or has another size")
        elif deep and sha256(path) != expected["sha256"]:
            found.append(f"{name} has another checksum")
    return found


@contextmanager
def exclusive(path: Path, say: Say) -> Iterator[None]:
    """Hold a lock file; waits, and says so once, while another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another set-up that holds {path}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure(folder: Path, install: Callable[[Path], None], say: Say, *, deep: bool = False) -> Path:
    """Return `folder` with a whole installation in it.

    `install` fills an empty folder beside it, which is moved into place when it is complete and its
    manifest written. A damaged installation is removed and made again.
    """
    with exclusive(folder.with_name(f"{folder.name}.lock"), say):
        wrong = faults(folder, deep=deep)
        if not wrong:
            return folder
        if folder.exists():
            say(f"{folder} is damaged ({wrong[0]}): installing it again")
            shutil.rmtree(folder)
        fresh = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        install(fresh)
        write_manifest(fresh)
        fresh.rename(folder)
    return folder


def require_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise ConfigurationError if the disk of `folder` has fewer than `needed` bytes free."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise ConfigurationError(
            f"{purpose} needs {needed / 2**30:.0f} GiB on the disk of {folder}, which has"
            f" {free / 2**30:.1f} GiB free: free some space and start again"
        )
