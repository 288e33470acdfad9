"""`room_members`: the stream side's read copy of who is in which room."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

import faust
from faust.types import EventT

from schemas import records
from tables.base import CollectingTable, writing_for, written
from tables.base import declare as declare_table


class RoomMembers:
    """One key per (room, member), so that a join costs the same in a room of any size.

    Value: [fact number of the join, handle, name]. It admits nobody: Postgres decides, under the
    room's lock; a worker that was fenced may have written here last.
    """

    def __init__(self, table: CollectingTable) -> None:
        self._table = table

    def record(self, changes: Sequence[tuple[EventT, object]]) -> Awaitable[None]:
        """Write what the facts say, each under its source event; await it for durability."""
        for event, fact in changes:
            with writing_for(event):
                self._apply(fact)
        return written(self._table)

    def _apply(self, fact: object) -> None:
        match fact:
            case records.RoomCreated():
                for member in fact.members:
                    self._put(fact.room_id, member, fact.fact_no)
            case records.MemberJoined():
                self._put(fact.room_id, fact.member, fact.fact_no)
            case records.MemberLeft():
                key = f"{fact.room_id}:{fact.member.account_id}"
                held = self._table.get(key)
                if held is not None and held[0] < fact.fact_no:
                    del self._table[key]

    def _put(self, room_id: str, member: records.Member, fact_no: int) -> None:
        key = f"{room_id}:{member.account_id}"
        held = self._table.get(key)
        if held is None or held[0] < fact_no:
            self._table[key] = [fact_no, member.user_id, member.name]


def declare(app: faust.App) -> RoomMembers:
    """Declare the table on the chat app."""
    return RoomMembers(
        declare_table(app, "room_members", "who is in which room: a read copy, admits nobody")
    )
