"""Read positions: their write side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Position:
    """How far a member has read; an erased account has no handle."""

    account_id: str
    user_id: str | None
    seq: int


@dataclass(frozen=True, slots=True)
class ReadWish:
    """A wish to have read a room up to `seq`."""

    room_id: str
    account_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """Where one account stands in one room after a batch; `moved` when the batch moved it.

    `code` is None for a member, else NOT_A_MEMBER or ROOM_NOT_FOUND, and the rest means nothing.
    """

    room_id: str
    position: Position
    code: str | None = None
    moved: bool = False
    member_count: int = 0
    access_version: int = 0


class ReadStore(Protocol):
    """The write side of read positions in one database."""

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ReadWish]
    ) -> Sequence[ReadOutcome]:
        """Move the positions in one transaction; one outcome for each (room, account), any order.

        A position never moves back and never passes the room's newest message: repeats, and an
        older worker (any generation) that does the same wishes late, change nothing. Raises
        PoisonMessage when the database refuses a value.
        """
        ...
