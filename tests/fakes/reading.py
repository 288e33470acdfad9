"""An in-memory ReadStore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatstream.errors import ErrorCode
from chatstream.ports.reading import Position, ReadOutcome, ReadWish


def moved_to(former: int, wanted: int, head: int) -> int:
    """Where a position at `former` stands after a wish for `wanted`; `head` is the newest."""
    return max(former, min(wanted, head))


@dataclass
class FakeReadRoom:
    """A room's head, and the positions of its members by account id."""

    head: int
    positions: dict[str, int]


@dataclass
class FakeReads:
    """ports.reading.ReadStore; the handle of an account is `u-` and its id."""

    rooms: dict[str, FakeReadRoom] = field(default_factory=dict)
    batches: list[list[ReadWish]] = field(default_factory=list)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ReadWish]
    ) -> Sequence[ReadOutcome]:
        self.batches.append(list(wishes))
        former = {room_id: dict(room.positions) for room_id, room in self.rooms.items()}
        for wish in wishes:
            room = self.rooms.get(wish.room_id)
            if room is not None and wish.account_id in room.positions:
                at = room.positions[wish.account_id]
                room.positions[wish.account_id] = moved_to(at, wish.seq, room.head)
        pairs = dict.fromkeys((wish.room_id, wish.account_id) for wish in wishes)
        return [self._outcome(*pair, former) for pair in pairs]

    def _outcome(
        self, room_id: str, account_id: str, former: dict[str, dict[str, int]]
    ) -> ReadOutcome:
        room = self.rooms.get(room_id)
        handle = f"u-{account_id}"
        if room is None:
            position = Position(account_id, handle, 0)
            return ReadOutcome(room_id, position, str(ErrorCode.ROOM_NOT_FOUND))
        if account_id not in room.positions:
            position = Position(account_id, handle, 0)
            return ReadOutcome(room_id, position, str(ErrorCode.NOT_A_MEMBER))
        at = room.positions[account_id]
        return ReadOutcome(
            room_id,
            Position(account_id, handle, at),
            moved=at > former[room_id][account_id],
            member_count=len(room.positions),
            access_version=1,
        )
