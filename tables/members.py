"""`room_members`: the stream side's read copy of who is in which room."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from faust.types import EventT

from chatstream.domain.member_drift import Drift, HeldMembership, Membership, is_in
from infra.faust.app import ChatStreamApp
from schemas import records
from tables.base import DurableTable
from tables.base import declare as declare_table

# (key, value) of a row.
_Row = tuple[str, list[Any]]


class RoomMembers:
    """One key per (room, member), so that a join costs the same in a room of any size.

    Value: [fact number of the join, 1]; once left: [fact number of the leave], kept so that a
    repeat of the older join cannot bring the member back. A room's own key has [fact number of its
    deletion], which ends what is older. `~partition`, the last key of a write, has the number of
    the last fact that is written, and with it all before it. No names: nobody is shown from here.

    It admits nobody: Postgres decides, under the room's lock; a worker that was fenced may have
    written here last.
    """

    def __init__(self, app: ChatStreamApp, table: DurableTable) -> None:
        self._app = app
        self._table = table
        self._writing: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    # -- reading -----------------------------------------------------------------------------

    def readable(self) -> Collection[int]:
        """The partitions that this worker owns and has recovered."""
        return self._table.active_partitions() if self._app.serving else ()

    def strangers(self, partition: int, asked: Iterable[Membership]) -> set[Membership]:
        """Those of the pairs that are not held as members; none while it cannot be read here.

        A doubt, not a verdict: what was stored a moment ago may not be written yet.
        """
        if partition not in self.readable():
            return set()
        pairs = set(asked)
        keys = {_key(*pair) for pair in pairs} | {room_id for room_id, _ in pairs}
        held = {key: _entry(value) for key, value in self._table.read(partition, [*keys]).items()}
        return {pair for pair in pairs if not is_in(held.get(_key(*pair)), held.get(pair[0]))}

    def line(self, partition: int) -> int:
        """The number of the last fact that is written, and with it all before it; 0: of none."""
        key = _line_key(partition)
        return int(self._table.read(partition, [key]).get(key, [0])[0])

    def held(
        self, partition: int, after: Membership
    ) -> Iterator[tuple[Membership, HeldMembership]]:
        """What is held behind a pair, as it is now, in order; rooms' own entries among them."""
        start = _key(*after)
        own = self._table.read(partition, [after[0]]).items()
        rows = self._table.scan(partition, start)
        behind = ((key, value) for key, value in rows if start < key < "~")
        for key, value in chain(own, behind):
            room_id, _, account_id = key.partition(":")
            yield (room_id, account_id), _entry(value)

    # -- writing -----------------------------------------------------------------------------

    async def record(self, changes: Sequence[tuple[EventT, records.RoomFact]]) -> None:
        """Write what the facts say, under their source events' partitions; durable on return."""
        by_partition: dict[int, list[records.RoomFact]] = defaultdict(list)
        for event, fact in changes:
            by_partition[event.message.partition].append(fact)
        for partition, facts in by_partition.items():
            rows = [row for fact in facts for row in _rows(fact)]
            rows += [(_line_key(partition), [fact.fact_no]) for fact in facts]
            await self._write(partition, rows)

    async def mend(self, partition: int, line: int, found: Drift) -> None:
        """Take over what Postgres had at this number of the line; what a later fact says stays."""
        rows = [(_key(*pair), [line, 1]) for pair in found.missing]
        rows += [(_key(*pair), [line]) for pair in found.extra]
        await self._write(partition, rows, again=True)

    async def _write(self, partition: int, rows: Sequence[_Row], *, again: bool = False) -> None:
        """Write what is of a later fact than what is held, or of the same one `again`."""
        async with self._writing[partition]:
            held = self._table.read(partition, list({key for key, _ in rows}))
            changes: dict[str, Any] = {}
            for key, value in rows:
                old = changes[key] if key in changes else held.get(key)
                if old is None or old[0] < value[0] + again:
                    changes[key] = value
            await self._table.write(partition, changes)


def _rows(fact: records.RoomFact) -> Iterator[_Row]:
    match fact:
        case records.RoomCreated():
            for member in fact.members:
                yield _key(fact.room_id, member.account_id), [fact.fact_no, 1]
        case records.MemberJoined():
            yield _key(fact.room_id, fact.member.account_id), [fact.fact_no, 1]
        case records.MemberLeft():
            yield _key(fact.room_id, fact.member.account_id), [fact.fact_no]
        case records.RoomDeleted():
            yield fact.room_id, [fact.fact_no]


def _entry(value: Sequence[Any]) -> HeldMembership:
    return HeldMembership(value[0], len(value) > 1)


def _key(room_id: str, account_id: str) -> str:
    return f"{room_id}:{account_id}"


def _line_key(partition: int) -> str:
    """Behind every id, so that it is written last."""
    return f"~{partition}"


def declare(app: ChatStreamApp) -> RoomMembers:
    """Declare the table on the chat app."""
    help_text = "who is in which room: a read copy, admits nobody"
    return RoomMembers(app, declare_table(app, "room_members", help_text, fact_at=0))
