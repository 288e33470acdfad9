"""Reading a list page by page, as a client does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

from chatstream.errors import ErrorCode, UserError

T = TypeVar("T")
Read = Callable[[str | None, int], Awaitable[tuple[Sequence[T], str | None]]]

# None is a cursor of a list; the last is one of another list.
NO_CURSORS = (
    "x",
    "W10",
    "WyJhIl0",
    "bm9wZQ==",
    "é",
    "\x00",
    "2026-11-21T12:00:00.000Z~00000000-0000-4000-8000-000000000000",
    "WyJvdGhlciIsImEiLCJiIl0",
)


async def every_entry(read: Read[T], limit: int) -> list[T]:
    """All entries in their order; every page but the last is full, and none is empty behind one."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        entries, following = await read(cursor, limit)
        assert cursor is None or entries
        found += entries
        if following is None:
            return found
        assert len(entries) == limit
        cursor = following


async def refuses_foreign_cursors(read: Read[T]) -> None:
    """Each is INVALID_INPUT naming `cursor`."""
    for cursor in NO_CURSORS:
        with pytest.raises(UserError) as refusal:
            await read(cursor, 3)
        assert refusal.value.code is ErrorCode.INVALID_INPUT
        assert refusal.value.details["field"] == "cursor"
