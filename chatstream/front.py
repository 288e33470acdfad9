"""The composition of a front: HTTP, pages and sockets over the tail, the wishes and the readers.

All pools are the same code. `front-auth` besides owns sessions and login attempts; one that is
apart serves and hears only the contexts with paths for it, and has no sockets. What belongs to a
context comes from its wiring (`chatstream.contexts`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aiohttp.web import Application

import web.docs
import web.edge.health
import web.edge.measuring
import web.edge.middleware
import web.edge.openapi
import web.pages
import web.stomp.endpoint
from chatstream.contexts import WIRINGS, all_news
from chatstream.ports.copies import CopyReader
from chatstream.settings import Settings
from chatstream.wiring import TAIL_LAG, Front, Heard, Parts, Process
from infra import heartbeats
from infra.faust.app import ChatStreamApp, new_app
from infra.http.server import UNIX_SOCKET
from infra.kafka.tail import Tail
from infra.postgres.facts import PostgresFacts
from infra.postgres.room_reader import PostgresRoomReader
from infra.security.keyring import KeyRing
from infra.security.tokens import JwtAuthenticator
from schemas.catalogue import service_of
from schemas.context import Context
from schemas.services import FRONT_AUTH
from tables.followed.generations import KnownGenerations
from tables.followed.mutes import Mutes
from tables.followed.revocations import EndedLogins
from web.copies import Copies
from web.edge.draining import Draining
from web.edge.rates import MessageRates
from web.lag_board import LagBoard
from web.live.hub import Hub
from web.mutes import Muting
from web.reading import ReadMoves
from web.stomp.handshake import Handshake
from web.stomp.ports import StompPorts
from web.stomp.sockets import Sockets
from web.typing_signals import TypingSignals
from web.wishes import Wishes


class Composition:
    """The parts of one front, and how they hang together."""

    def __init__(self, settings: Settings) -> None:
        self.app = new_app(settings, settings.service, linger=settings.kafka.linger_ms / 1000)
        self.app.producer_only = True
        self.pool = service_of(settings.service)
        self.owns_sessions = self.pool == FRONT_AUTH
        self.process = Process(self.app)
        self.front = self._front(settings)
        self.authenticator = JwtAuthenticator(
            self.front.keys, settings.auth, self.front.revocations
        )
        self.sockets = Sockets(settings.limits)
        self.front.revocations.listen(self.sockets.end_login)
        self.parts = [
            (wiring.context, wiring.front(self.front))
            for wiring in WIRINGS
            if wiring.front is not None
        ]
        self.tail = self._tail(settings)
        self.app.run_beside(self.tail)
        self.draining = Draining(settings.limits.wish_timeout + 1)
        self.checks = {"tail": self._tail_check, "worker": self._worker_check}
        self.draining.ends(partial(self.sockets.leave, settings.web.drain_seconds))
        self.app.before_stop.append(self.draining.drain)
        heartbeats.register(self.app, web.edge.health.Readiness(self.checks).reasons)
        # Before the databases are closed.
        self.app.after_stop.insert(0, self.front.hub.stop)
        self.app.on_web(self._routes)

    def lag(self) -> float:
        """Seconds since the tail has certainly read everything."""
        return self.tail.lag_seconds()

    def _front(self, settings: Settings) -> Front:
        databases, limits = self.process.databases, settings.limits
        rooms = PostgresRoomReader(databases.homes, databases.chat)
        facts = PostgresFacts(databases.homes, databases.chat)
        wishes = Wishes(self.app, limits)
        return Front(
            process=self.process,
            wishes=wishes,
            rooms=rooms,
            hub=Hub(rooms, facts, self.lag, limits.wish_timeout, all_news()),
            rates=MessageRates(limits),
            reads=ReadMoves(wishes, MessageRates(limits)),
            mutes=Mutes(),
            revocations=EndedLogins(settings.auth.access_ttl),
            keys=KeyRing(settings.auth.keys_dir, settings.auth.key_settle),
            copies=Copies(self._copies(), limits.wish_timeout),
            lag=self.lag,
            groups=LagBoard(),
            generations=KnownGenerations(),
        )

    def _copies(self) -> dict[str, CopyReader]:
        """The readers of the contexts' copies, by the name of the database."""
        return {
            name: reader
            for wiring in WIRINGS
            if wiring.copies is not None
            for name, reader in wiring.copies(self.process).items()
        }

    def _serves(self, context: Context) -> bool:
        return not self.pool.is_apart or self._leads_here(context)

    def _leads_here(self, context: Context) -> bool:
        """Whether the gateway sends calls of the context to this pool."""
        return any(paths.pool == self.pool for paths in context.paths)

    def _hears(self, context: Context, parts: Parts) -> list[Heard]:
        return [each for each in parts.hears if each.by_all or self._serves(context)]

    def heard(self) -> list[Heard]:
        """The topics that this front reads."""
        return [each for context, parts in self.parts for each in self._hears(context, parts)]

    def _tail(self, settings: Settings) -> Tail:
        heard = self.heard()
        return Tail(
            settings.kafka,
            {each.topic.name: each.handler for each in heard},
            since={each.topic.name: each.since for each in heard},
            background=self.background(),
            alone=[each.topic.name for each in heard if each.often],
        )

    def background(self) -> list[str]:
        """Topics that may be heard late: of contexts for which the gateway sends nobody here."""
        return [
            each.topic.name
            for context, parts in self.parts
            for each in self._hears(context, parts)
            if self.owns_sessions and not self._leads_here(context)
        ]

    def _routes(self, web_app: Application) -> None:
        settings = self.app.chatstream
        if settings.web.unix_socket:
            web_app[UNIX_SOCKET] = Path(settings.web.unix_socket)
        web.edge.measuring.register(web_app)
        web.edge.middleware.register(web_app, settings, self.authenticator)
        self.draining.register(web_app)
        web.edge.health.register(web_app, self.checks)
        for context, parts in self.parts:
            if self._serves(context):
                parts.routes(web_app)
            if self.owns_sessions:
                parts.own(web_app)
        if not self.pool.is_apart:
            self._stomp(web_app)
        web.pages.register(web_app)
        web.docs.register(web_app)
        elsewhere = [route for _, parts in self.parts for route in parts.elsewhere]
        web.edge.openapi.register(web_app, settings.web.public_url, elsewhere)

    def _stomp(self, web_app: Application) -> None:
        front = self.front
        ports = StompPorts(
            front.hub,
            front.wishes,
            self.authenticator,
            front.rates,
            front.reads,
            TypingSignals(self.app, front.rooms),
            self.app.chatstream.limits,
            self.sockets,
            Muting(front.mutes, front.rooms),
        )
        edge = web_app[web.edge.middleware.EDGE]
        handshake = Handshake(
            edge.origins.listed,
            edge.cookies.access,
            web.edge.middleware.caller_address,
            lambda request: web.edge.middleware.caller_of(request).sid,
        )
        web.stomp.endpoint.register(web_app, ports, handshake)

    def _tail_check(self) -> str | None:
        lag = self.lag()
        return None if lag < TAIL_LAG else f"the tail is {lag:.1f} s behind"

    def _worker_check(self) -> str | None:
        return "it is stopping" if self.app.stopping else None


def create_front(settings: Settings) -> ChatStreamApp:
    """The app of a front, of whichever pool."""
    return Composition(settings).app
