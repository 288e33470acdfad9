"""Who is in which room by the table, and by Postgres at a number of the line: what differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

# (room id, account id); the account is empty where it stands for the room itself.
Membership = tuple[str, str]


@dataclass(frozen=True, slots=True)
class HeldMembership:
    """What a table holds of a membership: in or out, since this fact."""

    fact_no: int
    is_member: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """Members whom only Postgres has, and whom only the table has; each in order."""

    missing: tuple[Membership, ...] = ()
    extra: tuple[Membership, ...] = ()

    def __len__(self) -> int:
        return len(self.missing) + len(self.extra)


def is_in(entry: HeldMembership | None, ended: HeldMembership | None) -> bool:
    """Whether an entry is a membership, in a room whose deletion is `ended` (None: it was not)."""
    return entry is not None and entry.is_member and not (ended and ended.fact_no >= entry.fact_no)


def drift(
    held: Mapping[Membership, HeldMembership], stored: Collection[Membership], line: int
) -> Drift:
    """What a table that has all facts up to `line` holds otherwise than Postgres had it then.

    `held` has the room's own entries as well. Of what a later fact has changed nothing is said: a
    table is compared while it goes on.
    """
    known = {pair: entry for pair, entry in held.items() if pair[1]}
    ended = {pair[0]: entry for pair, entry in held.items() if not pair[1]}

    def is_later(pair: Membership) -> bool:
        entries = known.get(pair), ended.get(pair[0])
        return any(entry is not None and entry.fact_no > line for entry in entries)

    members = {pair for pair, entry in known.items() if is_in(entry, ended.get(pair[0]))}
    there = set(stored)
    return Drift(
        missing=tuple(sorted(pair for pair in there - members if not is_later(pair))),
        extra=tuple(sorted(pair for pair in members - there if not is_later(pair))),
    )
