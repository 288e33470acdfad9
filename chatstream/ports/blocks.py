"""Who blocks whom, as the chat service knows it: a copy of what the user service decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlockNews:
    """From the fact `fact_no` on the blocker blocks the other, or (`holds` false) no more.

    All facts about one pair are of one line, so their numbers say which is the newest.
    """

    blocker_id: str
    blocked_id: str
    fact_no: int
    holds: bool
