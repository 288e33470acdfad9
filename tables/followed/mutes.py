"""Mutes, from the sanctions' topic: in a front all in force, in a chat worker those lifted."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from chatstream.domain.times import from_text
from chatstream.errors import UserError, refused
from schemas import records
from schemas.contexts.conduct import SANCTION
from tables.followed.fold import Followed

_PRUNE_EVERY = 60.0

# (when it ends in seconds since the epoch, the fact)
_Mute = tuple[float, records.SanctionImposed]


class Mutes:
    """The mutes in force; `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.followed = Followed(SANCTION.response, self.apply)
        self._clock = clock
        self._by_account: dict[str, dict[str, _Mute]] = {}
        self._cursors: dict[int, int] = defaultdict(int)
        self._pruned_at = clock()

    def apply(self, partition: int, record: object) -> None:
        """Take over a fact of the topic; one that was seen changes nothing."""
        if not isinstance(record, records.SanctionImposed | records.SanctionLifted):
            return
        if record.fact_no <= self._cursors[partition]:
            return
        ends_at = from_text(record.until).timestamp()
        self._cursors[partition] = record.fact_no
        mutes = self._by_account.setdefault(record.account_id, {})
        if isinstance(record, records.SanctionLifted) or ends_at <= self._clock():
            mutes.pop(record.sanction_id, None)
        else:
            mutes[record.sanction_id] = ends_at, record
        if not mutes:
            del self._by_account[record.account_id]
        self._prune()

    def in_force(self, account_id: str, room_id: str) -> Mapping[str, UserError]:
        """How a message of the account in the room is refused, by sanction, by their ends."""
        own = self._by_account.get(account_id)
        if own is None:
            return {}
        now = self._clock()
        found = [
            (ends_at, mute)
            for ends_at, mute in own.values()
            if ends_at > now and mute.room_id in (None, room_id)
        ]
        found.sort(key=lambda row: row[0])
        return {mute.sanction_id: refused("muted", mute.until, mute.reason) for _, mute in found}

    def counts(self, within: float) -> tuple[int, int]:
        """How many are in force, and how many of them began in the last `within` seconds."""
        now = self._clock()
        held = [
            from_text(fact.since).timestamp()
            for mutes in self._by_account.values()
            for ends_at, fact in mutes.values()
            if ends_at > now
        ]
        return len(held), sum(now - began <= within for began in held)

    def _prune(self) -> None:
        now = self._clock()
        if now - self._pruned_at < _PRUNE_EVERY:
            return
        self._pruned_at = now
        for account_id, mutes in list(self._by_account.items()):
            kept = {key: mute for key, mute in mutes.items() if mute[0] > now}
            if kept:
                self._by_account[account_id] = kept
            else:
                del self._by_account[account_id]


def lifted_mutes(lift: Callable[[str, str | None], None]) -> Followed:
    """Calls `lift(account id, room id or None)` for every sanction that is lifted from now on.

    It is told to every chat worker: one of them holds the counters of the room.
    """

    def apply(_partition: int, record: object) -> None:
        if isinstance(record, records.SanctionLifted):
            lift(record.account_id, record.room_id)

    return Followed(SANCTION.response, apply, since=0.0)
