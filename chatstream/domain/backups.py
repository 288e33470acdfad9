"""What a backup says of itself: its manifest, and what follows from it.

A backup is a folder: a dump of each database and `manifest.json`, which is written last. Its name
is the moment at which it began, so that names sort as backups were made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MANIFEST = "manifest.json"
FORM = 1
"""Of the manifest; one of another form is refused."""

KEPT_DAYS = 7
"""Days after which a backup is removed: so far back reaches the log that brings it forward.

An older one would bring back who was erased since. The receipt of an erasure promises a later day.
"""
_STAMP = "chatstream-%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"chatstream-[0-9]{8}T[0-9]{6}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedDatabase:
    """A database as it was dumped, in one snapshot: its file, and how many rows each table had."""

    name: str
    lineage: str
    file: str
    bytes: int
    sha256: str
    migration: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """A backup. `began`, `ended` are RFC 3339; `partitions` that of every topic.

    `positions`: by topic and partition the offset from which on the log may say what a dump does
    not have. They were read before the first dump began, so that nothing is between.
    """

    name: str
    began: str
    ended: str
    release: str
    partitions: int
    databases: tuple[DumpedDatabase, ...]
    positions: Mapping[str, Sequence[int]]

    @property
    def bytes(self) -> int:
        """Of all dumps together."""
        return sum(each.bytes for each in self.databases)

    def encode(self) -> str:
        """As the file is written: JSON that people can read."""
        return json.dumps({"form": FORM, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"


def decode(text: str) -> BackupManifest:
    """The manifest of a file's text; ValueError when it is none, or of another form."""
    try:
        found: dict[str, Any] = json.loads(text)
        form = found.pop("form")
        if form != FORM:
            raise ValueError(f"its form is {form}, this program reads {FORM}")
        databases = tuple(DumpedDatabase(**each) for each in found.pop("databases"))
        return BackupManifest(databases=databases, **found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no manifest: {error}") from error


def name_of(moment: datetime) -> str:
    """The name of a backup that begins now."""
    return moment.astimezone(UTC).strftime(_STAMP)


def moment_of(name: str) -> datetime | None:
    """When the backup of that name began; None when it is no such name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return datetime.strptime(name, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def expired(names: Iterable[str], now: datetime, days: int) -> list[str]:
    """The backups that began more than so many days ago, oldest first; other names are passed."""
    before = now - timedelta(days=days)
    found = ((moment_of(name), name) for name in names)
    return sorted(name for moment, name in found if moment is not None and moment < before)


def misfits(manifest: BackupManifest, databases: Collection[str], partitions: int) -> list[str]:
    """Why the backup cannot be restored into an installation with these databases."""
    dumped = {each.name for each in manifest.databases}
    faults = [f"the backup has no database {name}" for name in sorted({*databases} - dumped)]
    faults += [f"no database {name} is configured" for name in sorted(dumped - {*databases})]
    if manifest.partitions != partitions:
        faults.append(
            f"its topics had {manifest.partitions} partitions, CHATSTREAM_KAFKA__PARTITIONS says"
            f" {partitions}"
        )
    return faults


def damages(manifest: BackupManifest, found: Mapping[str, tuple[int, str]]) -> list[str]:
    """What is wrong with the files, each given as (bytes, SHA-256)."""
    faults = []
    for each in manifest.databases:
        size, digest = found.get(each.file, (-1, ""))
        if size < 0:
            faults.append(f"{each.file} is missing")
        elif (size, digest) != (each.bytes, each.sha256):
            faults.append(f"{each.file} is not the file that was written")
    return faults


def differences(expected: Mapping[str, int], found: Mapping[str, int], database: str) -> list[str]:
    """Tables whose rows are not as many as were dumped."""
    return [
        f"{database}.{table}: {found.get(table, 0)} rows, {count} were dumped"
        for table, count in sorted(expected.items())
        if found.get(table, 0) != count
    ]
