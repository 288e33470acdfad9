"""Mutes as a front knows them, from the sanctions' topic: who is muted is refused before producing.

What a front has not heard of yet the store refuses. What a front knows may have been lifted since:
before it refuses somebody it looks at the copy that the store judges by.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chatstream.domain.times import from_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.rooms import RoomReader
from schemas import records

_PRUNE_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class _Mute:
    sanction_id: str
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
            mutes[record.sanction_id] = _Mute(
                record.sanction_id, record.room_id, record.reason, record.until, ends_at
            )
        if not mutes:
            del self._by_account[record.account_id]
        self._prune()

    def in_force(self, account_id: str, room_id: str) -> Mapping[str, UserError]:
        """How a message of the account in the room is refused, by sanction, by their ends."""
        now = self._clock()
        found = [
            mute
            for mute in self._by_account.get(account_id, {}).values()
            if mute.ends_at > now and mute.room_id in (None, room_id)
        ]
        found.sort(key=lambda mute: mute.ends_at)
        return {mute.sanction_id: _refused("muted", mute.until, mute.reason) for mute in found}

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

    async def refusal(
        self, account_id: str, room_id: str, message_id: str | None = None
    ) -> UserError | None:
        """Why a message, or (without an id) a change of one, is refused; None: it may be produced.

        A repeat of a stored message must get its outcome, and a lift that was answered counts at
        once: so for a muted account Postgres is asked.
        """
        held = self._mutes.in_force(account_id, room_id)
        if not held:
            return None
        if message_id and await self._rooms.has_message(room_id, account_id, message_id):
            return None
        lifted = await self._rooms.lifted(room_id, list(held))
        left = [refusal for sanction_id, refusal in held.items() if sanction_id not in lifted]
        return left[-1] if left else None


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
