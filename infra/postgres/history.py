"""Pages of a room's messages by their primary key: a page costs what it shows, wherever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.postgres.pool import Database
from infra.postgres.shown_messages import FROM_MESSAGES, MESSAGE

NEWEST = 2**62  # beyond every seq and every rev

_BEFORE = f"""
select {MESSAGE} {FROM_MESSAGES} where m.room_id = %s and m.seq < %s
order by m.seq desc limit %s
"""
_AFTER = f"""
select {MESSAGE} {FROM_MESSAGES} where m.room_id = %s and m.seq > %s order by m.seq limit %s
"""
_SPAN = f"""
select {MESSAGE} {FROM_MESSAGES} where m.room_id = %s and m.seq between %s and %s order by m.seq
"""

Rows = Sequence[Sequence[Any]]


async def page(
    home: Database, room_id: str, before: int | None, after: int | None, limit: int
) -> tuple[Rows, bool]:
    """Rows of `shown.MESSAGE` by rising seq, and whether there are more; checks no right.

    They are after a seq, before one, or (neither) the newest.
    """
    if after is not None:
        found = await home.fetch(_AFTER, (room_id, after, limit + 1))
        return found[:limit], len(found) > limit
    newest = NEWEST if before is None else before
    found = await home.fetch(_BEFORE, (room_id, newest, limit + 1))
    return found[:limit][::-1], len(found) > limit


async def span(home: Database, room_id: str, first: int, last: int) -> Rows:
    """The rows from one seq to another, both among them, by rising seq; checks no right."""
    return await home.fetch(_SPAN, (room_id, first, last))
