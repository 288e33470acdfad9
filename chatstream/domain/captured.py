"""Changes of rows as change data capture tells them, and which of them a copy keeps.

A change has a version: where the log of its database stood at the commit before its own, and its
own place. Changes of one row have rising versions, a row read by a snapshot has that of the
snapshot, and so whatever comes again or late is known by it.

The first transaction after a snapshot has no commit before it, and stands at its own place. That
may be before the snapshot's, which did not see it yet: then it belongs just behind the snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Version = tuple[int, int]
Key = tuple[Any, ...]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CapturedChange:
    """One row as it is now, or that it is gone (`row` None).

    `source` is the database it is of, `account` whom the row or its key names, if anybody;
    `is_read`: a snapshot found it, nobody changed it. `is_first`: of the first transaction after a
    snapshot.
    """

    table: str
    source: str
    key: Key
    version: Version
    row: Row | None
    account: str | None = None
    is_read: bool = False
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotPlace:
    """Where the log of a source stood at its newest snapshot.

    What was under way at that moment was written behind `begun`, and whatever was told before the
    snapshot up to there.
    """

    lsn: int
    begun: int


def newest(changes: Iterable[CapturedChange]) -> list[CapturedChange]:
    """One change for each row: the one with the highest version, of equals the last."""
    found: dict[tuple[str, Key], CapturedChange] = {}
    for change in changes:
        place = (change.table, change.key)
        if place not in found or found[place].version <= change.version:
            found[place] = change
    return list(found.values())


def replaces(new: Version, old: Version) -> bool:
    """Whether a change takes the place of what is kept; equal ones are the same change."""
    return new >= old


def snapshot_marks(changes: Iterable[CapturedChange]) -> dict[str, int]:
    """By source, where the log stood when the newest snapshot among the changes was taken."""
    marks: dict[str, int] = {}
    for change in changes:
        if change.is_read:
            marks[change.source] = max(marks.get(change.source, 0), change.version[0])
    return marks


def told_of(place: SnapshotPlace | None, lsn: int) -> SnapshotPlace:
    """The place once rows are told that a snapshot at `lsn` found."""
    if place is None:
        return SnapshotPlace(lsn, 0)
    return SnapshotPlace(lsn, place.lsn) if lsn > place.lsn else place


def begun_at(place: SnapshotPlace | None, lsn: int) -> SnapshotPlace:
    """The place once a snapshot is to come, of whatever the log has at `lsn`."""
    return SnapshotPlace(lsn, lsn) if place is None or lsn > place.lsn else place


def joined(
    changes: Iterable[CapturedChange], places: Mapping[str, SnapshotPlace]
) -> list[CapturedChange]:
    """The changes, those of a first transaction that its snapshot did not see behind that.

    One from before an earlier snapshot, which is told again, stays where it is: below the newest.
    """
    found = []
    for change in changes:
        place = places.get(change.source)
        own = change.version[1]
        if change.is_first and place is not None and place.begun < own < place.lsn:
            found.append(replace(change, version=(place.lsn, own)))
        else:
            found.append(change)
    return found


def is_swept(version: Version, place: SnapshotPlace) -> bool:
    """Whether a row of this version is from before the snapshot, which did not find it.

    What a first transaction made stands at its own place twice; it may have been kept before
    anything of its snapshot.
    """
    commit_lsn, lsn = version
    return commit_lsn < place.lsn and not (commit_lsn == lsn > place.begun)


def forgetting(
    changes: Iterable[CapturedChange], erased: Collection[str], *, rows: Collection[str]
) -> list[CapturedChange]:
    """The changes as they may be kept once these accounts are erased.

    Rows of the tables `rows` are left out, others lose their account.
    """
    kept = []
    for change in changes:
        if change.account is None or change.account not in erased:
            kept.append(change)
        elif change.table not in rows:
            row = None if change.row is None else {**change.row, "account_id": None}
            kept.append(replace(change, row=row, account=None))
    return kept
