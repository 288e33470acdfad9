"""The lines of rooms' histories: written with what they tell of, read with the messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from chatstream.domain.room_events import SHOWN_EVENTS, EventType, RoomEvent
from chatstream.domain.times import to_text
from chatstream.ports.messages import ShownEvent
from infra.postgres.pool import Database

# All lines of a room in a batch stand behind the same message: the room is locked. Parameters: the
# time, and the rows of `rows_of`.
INSERT = """
insert into room_events (room_id, after_seq, place, rev, type, account_id, name, member_count, at)
select e.r, e.after, coalesce((select max(place) from room_events old
        where old.room_id = e.r and old.after_seq = e.after), 0)
    + row_number() over (partition by e.r order by e.rev), e.rev, e.type, e.who, e.name, e.count, %s
from jsonb_to_recordset(%s::jsonb)
    as e (r uuid, after bigint, rev bigint, type text, who uuid, name text, count int)
"""
DELETE = "delete from room_events where room_id = any (%s::uuid[])"

# The columns that `event_of` takes; `e` is the line, `pe` the profile of whom it tells.
EVENT = (
    "e.room_id::text, e.type, e.after_seq, e.rev, e.account_id::text, pe.user_id, pe.name, "
    "e.at, e.member_count, e.name, e.place"
)
FROM_EVENTS = "from room_events e left join profiles pe on pe.account_id = e.account_id"
# Of the room `r` since a rev, as JSON text; parameters: the rev, how many.
EVENTS_SINCE = f"""
coalesce((select json_agg(x.line order by x.rev) from (
    select e.rev, json_build_array({EVENT}) as line {FROM_EVENTS}
    where e.room_id = r.room_id and e.rev > %s order by e.rev limit %s) x), '[]')::text
"""
_BETWEEN = f"""
select {EVENT} {FROM_EVENTS} where e.room_id = %s and e.rev > %s and e.rev <= %s
order by e.rev limit %s
"""
# A lookup for each message, whatever lies behind it.
_BEHIND = f"""
select {EVENT} from generate_series(%s::bigint, %s::bigint) as said (seq)
cross join lateral (select * from room_events
    where room_id = %s and after_seq = said.seq order by place desc limit {SHOWN_EVENTS}) as e
left join profiles pe on pe.account_id = e.account_id
order by e.after_seq, e.place
"""


def rows_of(events: Iterable[RoomEvent]) -> str:
    """The lines as `INSERT` takes them: JSON."""
    return orjson.dumps(
        [
            {
                "r": event.room_id,
                "after": event.after,
                "rev": event.rev,
                "type": event.type,
                "who": event.person.account_id,
                "name": event.name,
                "count": event.member_count,
            }
            for event in events
        ]
    ).decode()


def event_of(row: Sequence[Any]) -> ShownEvent:
    """The line of a row of `EVENT`; the time may also be an ISO text, as JSON gives it."""
    room_id, kind, after, rev, account_id, user_id, user_name, at, count, name, place = row
    return ShownEvent(
        room_id=room_id,
        type=EventType(kind),
        after=after,
        rev=rev,
        account_id=account_id,
        user_id=user_id,
        user_name=user_name,
        at=to_text(datetime.fromisoformat(at) if isinstance(at, str) else at),
        member_count=count,
        name=name,
        place=place,
    )


def events_of(rows: Iterable[Sequence[Any]]) -> tuple[ShownEvent, ...]:
    """The lines of rows of `EVENT`."""
    return tuple(map(event_of, rows))


async def events_between(
    home: Database, room_id: str, after: int, upto: int, limit: int
) -> tuple[ShownEvent, ...]:
    """The first lines with `after < rev <= upto`, by rev; checks no right."""
    return events_of(await home.fetch(_BETWEEN, (room_id, after, upto, limit)))


async def events_behind(
    home: Database, room_id: str, span: tuple[int, int] | None
) -> tuple[ShownEvent, ...]:
    """Of the lines behind these messages, both among them, the newest 100 behind each, in order."""
    if span is None:
        return ()
    return events_of(await home.fetch(_BEHIND, (*span, room_id)))
