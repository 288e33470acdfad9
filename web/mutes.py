"""Mutes as a front knows them, from the sanctions' topic: who is muted is refused before producing.

What a front has not heard of yet the store refuses; what it refuses the store would refuse as well.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from chatstream.domain.times import from_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.rooms import RoomReader
from schemas import records

_PRUNE_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class _Mute:
    room_id: str | None
    reason: str
    until: str
    ends_at: float


class Mutes:
    """The mutes in force; `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._by_account: dict[str, dict[str, _Mute]] = {}
        self._cursors: dict[int, int] = defaultdict(int)
        self._pruned_at = clock()

    def on_record(self, partition: int, record: object) -> None:
        """Take over a fact of the topic; one that was seen changes nothing."""
        if not isinstance(record, records.SanctionImposed | records.SanctionLifted):
            return
        if record.fact_no <= self._cursors[partition]:
            return
        self._cursors[partition] = record.fact_no
        mutes = self._by_account.setdefault(record.account_id, {})
        ends_at = from_text(record.until).timestamp()
        if isinstance(record, records.SanctionLifted) or ends_at <= self._clock():
            mutes.pop(record.sanction_id, None)
        else:
            mute = _Mute(record.room_id, record.reason, record.until, ends_at)
            mutes[record.sanction_id] = mute
        if not mutes:
            del self._by_account[record.account_id]
        self._prune()

    def refusal(self, account_id: str, room_id: str) -> UserError | None:
        """Why the account may not write in the room now; None when it may."""
        now = self._clock()
        found = [
            mute
            for mute in self._by_account.get(account_id, {}).values()
            if mute.ends_at > now and mute.room_id in (None, room_id)
        ]
        if not found:
            return None
        last = max(found, key=lambda mute: mute.ends_at)
        return _refused("muted", last.until, last.reason)

    def _prune(self) -> None:
        now = self._clock()
        if now - self._pruned_at < _PRUNE_EVERY:
            return
        self._pruned_at = now
        for account_id, mutes in list(self._by_account.items()):
            kept = {key: mute for key, mute in mutes.items() if mute.ends_at > now}
            if kept:
                self._by_account[account_id] = kept
            else:
                del self._by_account[account_id]


class Muting:
    """What the calls ask: refuses who is muted, except for a message that is stored already."""

    def __init__(self, mutes: Mutes, rooms: RoomReader) -> None:
        self._mutes = mutes
        self._rooms = rooms

    async def refusal(self, account_id: str, room_id: str, message_id: str) -> UserError | None:
        """Why the message is refused; None when its wish may be produced.

        A repeat of a stored message must get its outcome, so for a muted account Postgres is asked.
        """
        refusal = self._mutes.refusal(account_id, room_id)
        if refusal is None or await self._rooms.has_message(room_id, account_id, message_id):
            return None
        return refusal


def refusal_of(outcome: records.MessageRefused | records.ChangeRefused) -> UserError:
    """The error that a refused message or change is answered with."""
    code = ErrorCode(outcome.code)
    if code is not ErrorCode.MESSAGE_REFUSED:
        return UserError(code, outcome.reason)
    return _refused(outcome.reason, outcome.until, outcome.cause)


def _refused(reason: str, until: str | None, cause: str | None) -> UserError:
    """MESSAGE_REFUSED with its reason, until when it lasts, and what a mute is for."""
    details = {"reason": reason, "until": until, "cause": cause}
    known = {name: value for name, value in details.items() if value is not None}
    return UserError(ErrorCode.MESSAGE_REFUSED, reason, details=known)
