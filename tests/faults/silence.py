"""How long rooms were silent around a fault: a report, by which no test is decided.

A room is silent from one acknowledgement (RECEIPT, 201) to the next. Counted is what lies after
the kill, and apart from that what lies after the moment at which the victim answered again: what
the clients of a server that is back still take to use it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from infra.embedded.stack import Stack
from tests.client.known import rows

# Processes without which the messages of every room go on.
BESIDE = (
    *("postgres-auth", "postgres-friend", "postgres-coupon", "postgres-content", "elasticsearch"),
    *("user-", "friend-", "coupon-", "content-", "stats-", "log-", "lag-"),
)


@dataclass(frozen=True)
class Outage:
    """A fault as it was: `victim` was hurt at `began` and answered again at `back` (monotonic)."""

    fault: str
    victim: str
    began: float
    back: float


@dataclass(frozen=True)
class Silence:
    """The longest silence of some rooms, in seconds after the kill and after the answer."""

    killed: float
    answered: float

    def __str__(self) -> str:
        return f"{self.killed:.1f} s, {self.answered:.1f} s of it after the answer"


def silence_after(moment: float, times: Iterable[float], until: float) -> float:
    """The longest time without an acknowledgement between `moment` and `until`; `times` ascend."""
    marks = [moment, *(at for at in times if moment < at < until), until]
    return max(later - earlier for earlier, later in pairwise(marks))


def silence_of(
    answers: Mapping[str, Sequence[float]], rooms: Iterable[str], outage: Outage, until: float
) -> Silence | None:
    """The longest of these rooms' silences between the fault and `until`; None without rooms."""
    found = [answers.get(room, ()) for room in rooms]
    if not found:
        return None
    return Silence(
        max(silence_after(outage.began, times, until) for times in found),
        max(silence_after(outage.back, times, until) for times in found),
    )


def rooms_hit(stack: Stack, victim: str, rooms: Collection[str]) -> set[str]:
    """The rooms whose messages need the victim: all of them, unless it is a store or beside."""
    if victim.startswith(BESIDE):
        return set()
    if not victim.startswith("postgres-"):
        return set(rooms)
    dsn = stack.dsns[victim.removeprefix("postgres-")]
    sql = "select room_id::text from rooms where room_id = any (%s::uuid[])"
    return {room for (room,) in rows(dsn, sql, list(rooms))}


def report(
    stack: Stack,
    answers: Mapping[str, Sequence[float]],
    volleys: Sequence[Sequence[Outage]],
    end: float,
) -> list[str]:
    """One line a fault: how long the rooms it hit and the others were silent until the next.

    Of faults at the same time each has its line; what the others of its volley did is in it too.
    """
    nexts = [*(min(each.began for each in volley) for volley in volleys[1:]), end]
    return [
        _line(stack, answers, outage, until)
        for volley, until in zip(volleys, nexts, strict=True)
        for outage in volley
    ]


def _line(
    stack: Stack, answers: Mapping[str, Sequence[float]], outage: Outage, until: float
) -> str:
    hit = rooms_hit(stack, outage.victim, answers)
    return (
        f"{outage.fault}: {outage.victim} away for {outage.back - outage.began:.1f} s; longest "
        f"silence of the rooms hit: {silence_of(answers, hit, outage, until) or 'none'}; of the "
        f"others: {silence_of(answers, answers.keys() - hit, outage, until) or 'none'}"
    )
