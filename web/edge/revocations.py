"""Telling every front of ended logins, by the pool that owns sessions."""

from __future__ import annotations

import logging

from mode import Service

from chatstream.errors import TransientFailure
from chatstream.ports.logins import RevocationNews, Revoked, SessionStore
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all
from tables.followed.revocations import EndedLogins, outgoing, record_of

log = logging.getLogger(__name__)

_SWEEP_EVERY = 5.0
_PURGE_EVERY = 600.0


class TopicRevocationNews:
    """ports.logins.RevocationNews through the app's producer; the local process knows at once."""

    def __init__(self, app: ChatStreamApp, local: EndedLogins) -> None:
        self._app = app
        self._local = local

    async def announce(self, revoked: Revoked) -> None:
        """See ports.logins.RevocationNews."""
        settings = self._app.chatstream
        record = record_of(revoked, settings.auth.access_ttl)
        self._local.end(record)
        await send_all(self._app, [outgoing(record, settings.kafka.partitions)])


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
