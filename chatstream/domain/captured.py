"""Changes of rows as change data capture tells them, and which of them a copy keeps.

A change has a version: where the log of its database stood at the commit before its own, and its
own place. Changes of one row have rising versions, a row read by a snapshot has that of the
snapshot, and so whatever comes again or late is known by it.
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
    `is_read`: a snapshot found it, nobody changed it.
    """

    table: str
    source: str
    key: Key
    version: Version
    row: Row | None
    account: str | None = None
    is_read: bool = False


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
