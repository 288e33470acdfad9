"""Read positions: how they move, and what the reading side of rooms makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import orjson

from chatstream.domain.reading import COUNTED_MEMBERS, unread_of
from chatstream.ports.messages import StoredMessage
from chatstream.ports.reading import Position, ReadOutcome, ReadWish
from infra.postgres.pool import Database

_MOVE = """
select room_id::text, account_id::text, handle, read_seq, is_moved, refusal, member_count, access
from move_read_positions(%s::uuid[], %s::uuid[], %s::bigint[])
"""
# Of the room `r`, as JSON text; null where readers are not counted. At most 100 index entries.
POSITIONS = f"""
case when r.member_count <= {COUNTED_MEMBERS} then (
    select json_agg(json_build_array(pos.account_id, who.user_id, pos.last_read_seq))
    from members pos left join profiles who on who.account_id = pos.account_id
    where pos.room_id = r.room_id)
end::text
"""
ROOM_POSITIONS = f"select {POSITIONS} from rooms r where r.room_id = %s"


class PostgresReads:
    """ports.reading.ReadStore in one chat database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ReadWish]
    ) -> Sequence[ReadOutcome]:
        """See ports.reading.ReadStore."""
        rooms = [wish.room_id for wish in wishes]
        accounts = [wish.account_id for wish in wishes]
        seqs = [wish.seq for wish in wishes]
        return [
            ReadOutcome(
                room_id,
                Position(account_id, handle, seq or 0),
                code=code,
                moved=bool(moved),
                member_count=count or 0,
                access_version=access or 0,
            )
            for room_id, account_id, handle, seq, moved, code, count, access in (
                await self._database.fetch(_MOVE, (rooms, accounts, seqs))
            )
        ]


def positions_in(text: str | None) -> tuple[Position, ...] | None:
    """The positions a POSITIONS column holds; None where readers are not counted."""
    return None if text is None else tuple(Position(*each) for each in orjson.loads(text))


def by_account(positions: Iterable[Position] | None) -> Mapping[str, int] | None:
    """The positions as the domain counts with them."""
    return None if positions is None else {each.account_id: each.seq for each in positions}


def with_unread(
    messages: Iterable[StoredMessage], positions: Mapping[str, int] | None
) -> tuple[StoredMessage, ...]:
    """The messages of one room, each with its number of members that have not read it."""
    return tuple(
        replace(message, unread=unread_of(message.seq, message.account_id, positions))
        for message in messages
    )
