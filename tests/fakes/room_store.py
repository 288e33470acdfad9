"""An in-memory RoomStore, and a WishSender that carries out room wishes with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.rooms import wish_of
from chatstream.domain.lines import Fact, Identity, Numbers, Settled, in_fact_order
from chatstream.domain.partitions import partition_of
from chatstream.domain.room_batch import RoomBatch, RoomChangeWish
from chatstream.domain.room_events import RoomEvent
from chatstream.domain.rooms import Person, RoomState
from chatstream.ports.rooms import RoomAnswer
from infra.postgres.room_records import answers
from schemas import codec, records
from schemas.contexts.rooms import ROOM

PARTITIONS = 8
_START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class FakeRoomStore:
    """ports.rooms.RoomStore over dictionaries; `members[room]` are account ids, longest first."""

    people: dict[str, Person] = field(default_factory=dict)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    rooms: dict[str, RoomState] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    former: dict[Identity, list[Fact]] = field(default_factory=dict)
    heads: Counter[int] = field(default_factory=Counter)
    facts: list[tuple[int, int, bytes]] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)
    events: list[RoomEvent] = field(default_factory=list)
    batches: int = 0

    async def carry_out(
        self, generation: int | None, wishes: Sequence[RoomChangeWish]
    ) -> Sequence[RoomAnswer]:
        for wish in wishes:
            self.people.setdefault(wish.actor.account_id, wish.actor)
        self.batches += 1
        heads = {wish.partition: self.heads[wish.partition] for wish in wishes}
        now = _START + timedelta(seconds=self.batches)
        settled = Settled(dict(self.settled.known))
        numbers = Numbers(heads, now, deepcopy(self.former), settled=settled)
        batch = self._read(wishes)
        told = [
            answer
            for index, wish in enumerate(wishes)
            for answer in answers(numbers, batch, index, wish)
        ]
        self._write(numbers, batch)
        return in_fact_order(told)

    def _read(self, wishes: Sequence[RoomChangeWish]) -> RoomBatch:
        return RoomBatch(
            rooms={
                room_id: self._state(
                    room_id, sum(w.removes for w in wishes if w.room_id == room_id)
                )
                for room_id in {wish.room_id for wish in wishes}
                if room_id in self.rooms and not self.rooms[room_id].deleted
            },
            people=dict(self.people),
            blocks=self.blocks,
            gone=self.gone,
        )

    def _state(self, room_id: str, removals: int) -> RoomState:
        state = deepcopy(self.rooms[room_id])
        state.members = set(self.members[room_id])
        elders = self.members[room_id][: removals + 1] if removals else []
        state.elders = [self.people[each] for each in elders]
        return state

    def _write(self, numbers: Numbers, batch: RoomBatch) -> None:
        self.members.update({state.room_id: [] for state, _ in batch.created})
        self.rooms.update(deepcopy(batch.changed))
        for room_id, account_id in batch.left:
            if account_id in self.members[room_id]:
                self.members[room_id].remove(account_id)
        for room_id, account_id in batch.joined:
            if account_id not in self.members[room_id]:
                self.members[room_id].append(account_id)
        gone = {room_id for room_id, room in batch.changed.items() if room.deleted}
        self.events = [each for each in self.events if each.room_id not in gone] + batch.events
        self.former, self.settled = numbers.former, numbers.settled
        self.heads.update({p: head - self.heads[p] for p, head in numbers.heads.items()})
        self.facts += [
            (wish.partition, fact.fact_no, fact.values["body"].encode())
            for wish, fact in numbers.fresh
        ]


@dataclass
class RoomWishes:
    """Judges wishes at once, tells `then` of the facts, answers the first."""

    store: FakeRoomStore
    then: Callable[[records.RoomFact], None]
    asked: list[records.RoomWish] = field(default_factory=list)

    async def ask(self, topic: str, wish: Any) -> object:
        assert isinstance(wish, records.RoomWish)
        assert (topic, wish.key) == (ROOM.request.name, wish.room_id)
        self.asked.append(wish)
        answers = await self.store.carry_out(None, [room_wish(wish)])
        told: list[Any] = [codec.decode(ROOM.response.name, each.body) for each in answers]
        for record in told:
            if isinstance(record, records.RoomFact):
                self.then(record)
        return told[0]

    def congested(self, key: str) -> bool:
        return False


def room_wish(record: Any) -> RoomChangeWish:
    """The wish of a record, as the agent reads it."""
    return wish_of(record, partition_of(record.room_id, PARTITIONS))
