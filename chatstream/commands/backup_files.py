"""Backups on the disk: made, listed, verified and removed. Folders and files are their owner's."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from chatstream import VERSION
from chatstream.commands.redoing import SERVICES, TOPICS
from chatstream.domain import backups
from chatstream.domain.backups import MANIFEST, BackupManifest, DumpedDatabase
from chatstream.domain.times import now_text
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings
from infra.faust.app import group_of
from infra.kafka.log_spans import positions
from infra.postgres import dumps

PARTIAL = ".partial"
_BLOCK = 1024 * 1024
_PRIVATE = 0o700

Say = Callable[[str], None]


def create(settings: Settings, folder: Path, say: Say) -> Path:
    """Dump every database into a new folder below `folder`, which gets its name when it is whole.

    Where the readers of the log are is noted first: what they do meanwhile is on the log.
    """
    moment, began = datetime.now(UTC), now_text()
    path = folder / backups.name_of(moment)
    partial = path.with_name(path.name + PARTIAL)
    if path.exists() or partial.exists():
        raise ConfigurationError(f"{path} is there already: try again in a second")
    partial.mkdir(parents=True, mode=_PRIVATE)
    try:
        groups = {group_of(service.name) for service in SERVICES}
        noted = asyncio.run(positions(settings.kafka, TOPICS, groups))
        found = tuple(_dumped(settings, partial, say))
        manifest = BackupManifest(
            name=path.name,
            began=began,
            ended=now_text(),
            release=VERSION,
            partitions=settings.kafka.partitions,
            databases=found,
            positions=noted,
        )
        _write(partial / MANIFEST, manifest.encode())
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    say(f"{path}: {len(found)} databases, {manifest.bytes} bytes")
    return path


def _dumped(settings: Settings, folder: Path, say: Say) -> Iterator[DumpedDatabase]:
    for lineage, databases in settings.postgres.lineages.items():
        for name, dsn in databases.items():
            file = folder / f"{name}.dump"
            found = dumps.dump(dsn, file)
            size, digest = _measured(file)
            say(f"{name}: {sum(found.rows.values())} rows, {size} bytes")
            yield DumpedDatabase(
                name=name,
                lineage=lineage,
                file=file.name,
                bytes=size,
                sha256=digest,
                migration=found.migration,
                rows=found.rows,
            )


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dumps.OWNER_ONLY)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def _measured(file: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return file.stat().st_size, digest.hexdigest()


def read(path: Path) -> BackupManifest:
    """The manifest of a backup; ConfigurationError when there is none that can be read."""
    try:
        return backups.decode((path / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} is no backup: {error}") from error


def found_in(folder: Path) -> list[Path]:
    """The whole backups of a folder, oldest first."""
    paths = (each.parent for each in folder.glob(f"*/{MANIFEST}"))
    return sorted(each for each in paths if backups.moment_of(each.name) is not None)


def require_whole(path: Path) -> BackupManifest:
    """The manifest of a backup whose files are as they were written; else ConfigurationError."""
    manifest = read(path)
    found = {
        each.file: _measured(path / each.file)
        for each in manifest.databases
        if (path / each.file).is_file()
    }
    faults = backups.damages(manifest, found)
    faults += [
        f"{each.file} cannot be read by pg_restore"
        for each in manifest.databases
        if not faults and not dumps.readable(path / each.file)
    ]
    if faults:
        raise ConfigurationError(f"{path} is damaged: {'; '.join(faults)}")
    return manifest


def prune(folder: Path, days: int, say: Say) -> None:
    """Remove the backups that began longer ago, and what an interrupted one left behind."""
    now = datetime.now(UTC)
    names = [each.name.removesuffix(PARTIAL) for each in folder.iterdir() if each.is_dir()]
    for name in backups.expired(set(names), now, days):
        for path in (folder / name, folder / f"{name}{PARTIAL}"):
            if path.exists():
                shutil.rmtree(path)
                say(f"removed {path}")
    say(f"{len(found_in(folder))} backups are kept")
