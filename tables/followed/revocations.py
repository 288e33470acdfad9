"""Ended logins, as kakao.user.session.RESPONSE tells of them, known in every front.

An access token outlives its login by at most its own life, so a front needs the records of that
time only: its tail reads them before the front is ready, and what comes after them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, to_text
from chatstream.ports.logins import Revoked
from infra.kafka.producer import Outgoing
from infra.tracing import traced
from schemas import records
from schemas.contexts.accounts import SESSION
from tables.followed.fold import Followed

_CLOCK_MARGIN = 60.0

Listener = Callable[[str], None]


class EndedLogins:
    """ports.logins.Revocations, fed with the topic's records.

    `access_ttl`: seconds that an access token lives; `clock`: seconds since the epoch. A listener
    is called once with the `sid` of each login that ends while this process runs.
    """

    def __init__(self, access_ttl: float, clock: Callable[[], float] = time.time) -> None:
        since = access_ttl + _CLOCK_MARGIN
        self.followed = Followed(SESSION.response, lambda _, told: self.end(told), since)
        self._clock = clock
        self._ended: dict[str, float] = {}
        self._listeners: list[Listener] = []
        self._pruned_at = clock()

    def is_revoked(self, sid: str) -> bool:
        """See ports.logins.Revocations."""
        return sid in self._ended

    def listen(self, listener: Listener) -> None:
        """Call `listener(sid)` for each login that ends from now on; it must not block."""
        self._listeners.append(listener)

    def end(self, told: records.SessionRevoked) -> None:
        """Apply the record of an ended login; see `apply`."""
        self.apply(told.sid, from_text(told.expires_at).timestamp())

    def apply(self, sid: str, expires_at: float) -> None:
        """The login `sid` has ended; forget it after `expires_at`. Idempotent."""
        now = self._clock()
        if expires_at <= now or sid in self._ended:
            return
        self._ended[sid] = expires_at
        if now - self._pruned_at > _CLOCK_MARGIN:
            self._pruned_at = now
            self._ended = {one: end for one, end in self._ended.items() if end > now}
        for listener in self._listeners:
            listener(sid)


def record_of(revoked: Revoked, access_ttl: float) -> records.SessionRevoked:
    """The record that tells of an ended login, and when its last access token has expired."""
    expires_at = from_text(revoked.revoked_at) + timedelta(seconds=access_ttl)
    return records.SessionRevoked(
        sid=revoked.sid,
        account_id=revoked.account_id,
        revoked_at=revoked.revoked_at,
        expires_at=to_text(expires_at),
    )


def outgoing(record: records.SessionRevoked, partitions: int) -> Outgoing:
    """The record as it is produced."""
    partition = partition_of(record.account_id, partitions)
    key = record.account_id.encode()
    return Outgoing(SESSION.response.name, partition, key, records.encode(record), traced())
