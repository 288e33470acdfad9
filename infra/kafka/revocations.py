"""Ended logins: told on kakao.user.session.RESPONSE, known in every front.

An access token outlives its login by at most its own life, so a front needs the records of the last
`replay_seconds` only: its tail reads them before the front is ready, and what comes after them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from mode import Service

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, to_text
from chatstream.errors import PoisonMessage, TransientFailure
from chatstream.ports.logins import RevocationNews, Revoked, SessionStore
from chatstream.settings import AuthSettings, Settings
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import codec, records, topics

log = logging.getLogger(__name__)

TOPIC = topics.SESSION_RESPONSE.name
_CLOCK_MARGIN = 60.0
_SWEEP_EVERY = 5.0
_PURGE_EVERY = 600.0

Listener = Callable[[str], None]


def replay_seconds(settings: AuthSettings) -> float:
    """How far back a front reads the topic at its start."""
    return settings.access_ttl + _CLOCK_MARGIN


class KafkaRevocations:
    """ports.logins.Revocations, fed with the topic's records; `clock`: seconds since the epoch.

    A listener is called once with the `sid` of each login that ends while this process runs.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
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

    def on_record(self, partition: int, key: bytes, value: bytes) -> None:
        """The tail's handler of the topic; a record that cannot be read is logged and skipped."""
        try:
            record: records.SessionRevoked = codec.decode(TOPIC, value)
            expires_at = from_text(record.expires_at).timestamp()
        except (PoisonMessage, ValueError) as error:
            log.error("unreadable revocation in %s-%s: %s", TOPIC, partition, error)
            return
        self.apply(record.sid, expires_at)

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


class KafkaRevocationNews:
    """ports.logins.RevocationNews through the app's producer; the local process knows at once."""

    def __init__(self, app: ChatStreamApp, local: KafkaRevocations) -> None:
        self._app = app
        self._local = local

    async def announce(self, revoked: Revoked) -> None:
        """See ports.logins.RevocationNews."""
        settings = self._app.chatstream
        self._local.apply(revoked.sid, _expiry(revoked, settings).timestamp())
        await send_all(self._app, [outgoing(revoked, settings)])


def outgoing(revoked: Revoked, settings: Settings) -> Outgoing:
    """The record that tells of an ended login."""
    record = records.SessionRevoked(
        sid=revoked.sid,
        account_id=revoked.account_id,
        revoked_at=revoked.revoked_at,
        expires_at=to_text(_expiry(revoked, settings)),
    )
    partition = partition_of(revoked.account_id, settings.kafka.partitions)
    return Outgoing(TOPIC, partition, revoked.account_id.encode(), records.encode(record))


def _expiry(revoked: Revoked, settings: Settings) -> datetime:
    """When the last access token of the login has expired."""
    return from_text(revoked.revoked_at) + timedelta(seconds=settings.auth.access_ttl)


class RevocationSweep(Service):
    """Tells of logins whose end was stored by a process that died before it told; forgets old ones.

    Runs beside the views of the pool that owns sessions. Several at once do no harm: a record that
    comes twice changes nothing.
    """

    def __init__(self, sessions: SessionStore, news: RevocationNews) -> None:
        super().__init__()
        self._sessions = sessions
        self._news = news

    @Service.timer(_SWEEP_EVERY)
    async def tell(self) -> None:
        """Tell of every ended login that nobody told of."""
        try:
            for revoked in await self._sessions.unannounced():
                await self._news.announce(revoked)
                await self._sessions.announced(revoked.sid)
        except TransientFailure as error:
            log.warning("ended logins wait to be told: %s", error)

    @Service.timer(_PURGE_EVERY)
    async def purge(self) -> None:
        """Forget expired logins, old login attempts and signups told long ago."""
        try:
            await self._sessions.purge()
        except TransientFailure as error:
            log.warning("expired logins stay for now: %s", error)
