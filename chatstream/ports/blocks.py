"""Who blocks whom, as the chat service knows it: a copy of what the user service decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlockNews:
    """From the fact `fact_no` on the blocker blocks the other, or (`holds` false) no more.

    All facts about one pair are of one line, so their numbers say which is the newest.
    """

    blocker_id: str
    blocked_id: str
    fact_no: int
    holds: bool


class BlockStore(Protocol):
    """The copy of the blocks in one chat database."""

    async def store(self, news: Sequence[BlockNews]) -> None:
        """Keep the newest of each pair, in whatever order and however often they come."""
        ...
