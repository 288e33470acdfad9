"""Pages of a list in memory: a cursor is how many entries come before, told as stores tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from chatstream.domain.cursors import CursorShape, whole

T = TypeVar("T")


def page(
    name: str, found: Sequence[T], cursor: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """One page of the list, and the cursor of the next; INVALID_INPUT when it is no cursor."""
    shape = CursorShape(name, whole)
    start = int(shape.decode(cursor)[0]) if cursor is not None else 0
    end = start + limit
    return found[start:end], shape.encode(end) if end < len(found) else None
