"""What a subscriber of a room lacks, as columns of one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from chatstream.ports.messages import Page, by_rev
from chatstream.ports.rooms import Access, RoomHead
from infra.postgres.history import NEWEST
from infra.postgres.reading import POSITIONS, by_account, positions_in, with_unread
from infra.postgres.room_events import EVENTS_SINCE, events_of
from infra.postgres.shown_messages import FROM_MESSAGES, MESSAGE, message_of

# Of the room `r`: messages, changes, positions, lines; parameters: `since`.
SINCE = f"""
    coalesce((select json_agg(x.line order by x.seq) from (
        select m.seq, json_build_array({MESSAGE}) as line {FROM_MESSAGES}
        where m.room_id = r.room_id and m.seq > %s order by m.seq limit %s) x), '[]')::text,
    coalesce((select json_agg(x.line order by x.rev) from (
        select m.rev, json_build_array({MESSAGE}) as line {FROM_MESSAGES}
        where m.room_id = r.room_id and m.rev > %s and m.seq <= %s order by m.rev limit %s) x),
        '[]')::text,
    {POSITIONS},
    {EVENTS_SINCE}
"""
_AT_ONCE = 500


def since(after: int | None, rev: int | None) -> tuple[int, ...]:
    """The parameters of `SINCE`: a place as ports.rooms.RoomReader.subscribe takes it."""
    start = NEWEST if after is None else after
    revised = NEWEST if rev is None else rev
    return start, _AT_ONCE, revised, start, _AT_ONCE, revised, _AT_ONCE


def access_of(head: RoomHead, columns: Sequence[Any]) -> Access:
    """The room, and what `SINCE` gave."""
    positions, events = positions_in(columns[2]), events_of(orjson.loads(columns[3]))
    seqs = by_account(positions)
    missing, changed = (
        with_unread(map(message_of, orjson.loads(text)), seqs) for text in columns[:2]
    )
    # Of each kind the first by rev: together these are certain.
    first = {each.rev for each in by_rev(changed, events)[:_AT_ONCE]}
    is_cut = _AT_ONCE in (len(changed), len(events)) or len(first) < len(changed) + len(events)
    return Access(
        head,
        Page(missing, len(missing) == _AT_ONCE, head.rev),
        Page(tuple(each for each in changed if each.rev in first), is_cut, head.rev),
        positions,
        tuple(each for each in events if each.rev in first),
    )
