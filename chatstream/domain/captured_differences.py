"""Comparing the rows of a copy with those of its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that the copy `lacks`, `has` beside its source, or has `other` than it is there."""

    table: str
    key: str
    what: str


def differences(
    table: str, source: Iterable[Row], copy: Iterable[Row], key: int
) -> list[RowDifference]:
    """What differs; both in the order of their keys, which are the first `key` fields."""
    found = []
    theirs, ours = iter(source), iter(copy)
    left, right = next(theirs, None), next(ours, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[:key] < right[:key]):
            assert left is not None  # noqa: S101 (one of both is there)
            found.append(_difference(table, left[:key], "lacks"))
            left = next(theirs, None)
        elif left is None or right[:key] < left[:key]:
            found.append(_difference(table, right[:key], "has"))
            right = next(ours, None)
        else:
            if left != right:
                found.append(_difference(table, left[:key], "other"))
            left, right = next(theirs, None), next(ours, None)
    return found


def _difference(table: str, key: Row, what: str) -> RowDifference:
    return RowDifference(table, "/".join(str(each) for each in key), what)


def counted(found: Iterable[RowDifference]) -> Iterator[tuple[str, int]]:
    """How many differ by table."""
    tables: dict[str, int] = {}
    for each in found:
        tables[each.table] = tables.get(each.table, 0) + 1
    yield from sorted(tables.items())
