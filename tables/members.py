"""`room_members`: the stream side's read copy of who is in which room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from faust.types import EventT

from infra.faust.app import ChatStreamApp
from schemas import records
from tables.base import DurableTable
from tables.base import declare as declare_table


class RoomMembers:
    """One key per (room, member), so that a join costs the same in a room of any size.

    Value: [fact number of the join, handle, name]; once left: [fact number of the leave], kept so
    that a repeat of the older join cannot bring the member back. It admits nobody: Postgres
    decides, under the room's lock; a worker that was fenced may have written here last.
    """

    def __init__(self, table: DurableTable) -> None:
        self._table = table

    async def record(self, changes: Sequence[tuple[EventT, object]]) -> None:
        """Write what the facts say, under their source events' partitions; durable on return."""
        by_partition: dict[int, list[object]] = defaultdict(list)
        for event, fact in changes:
            by_partition[event.message.partition].append(fact)
        for partition, facts in by_partition.items():
            await self._table.write(partition, self._changes(partition, facts))

    def _changes(self, partition: int, facts: Sequence[object]) -> dict[str, Any]:
        wanted = [entry for fact in facts for entry in _entries(fact)]
        held = self._table.read(partition, list({key for key, _ in wanted}))
        changes: dict[str, Any] = {}
        for key, value in wanted:
            old = changes[key] if key in changes else held.get(key)
            if old is None or old[0] < value[0]:
                changes[key] = value
        return changes


def _entries(fact: object) -> Iterator[tuple[str, list[Any]]]:
    match fact:
        case records.RoomCreated():
            for member in fact.members:
                yield _entry(fact.room_id, member, fact.fact_no)
        case records.MemberJoined():
            yield _entry(fact.room_id, fact.member, fact.fact_no)
        case records.MemberLeft():
            yield f"{fact.room_id}:{fact.member.account_id}", [fact.fact_no]


def _entry(room_id: str, member: records.Member, fact_no: int) -> tuple[str, list[Any]]:
    return f"{room_id}:{member.account_id}", [fact_no, member.user_id, member.name]


def declare(app: ChatStreamApp) -> RoomMembers:
    """Declare the table on the chat app."""
    return RoomMembers(
        declare_table(
            app, "room_members", "who is in which room: a read copy, admits nobody", fact_at=0
        )
    )
