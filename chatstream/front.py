"""The composition of a front: HTTP, pages and sockets over the tail, the wishes and the readers.

Both pools are the same code; `front-auth` besides owns sessions and login attempts.
"""

from __future__ import annotations

import time

from aiohttp.web import Application
from yarl import URL

import web.auth
import web.docs
import web.erasure
import web.health
import web.message_changes
import web.middleware
import web.openapi
import web.outcomes
import web.pages
import web.participants
import web.people
import web.reading
import web.rooms
import web.sagas
import web.sanctions
import web.saving
import web.search
import web.series
import web.signup
import web.stats
import web.stats_live
import web.stomp.endpoint
import web.watched
from chatstream.ports.logins import Caller
from chatstream.settings import Settings
from infra.elastic.client import connect
from infra.elastic.search import ElasticSearch
from infra.kafka.app import ChatStreamApp, new_app
from infra.kafka.one_place import outgoing
from infra.kafka.producer import send_all
from infra.kafka.tail import Tail
from infra.postgres.accounts import PostgresAccountReader
from infra.postgres.attempts import PostgresLoginAttempts
from infra.postgres.copies import PostgresCopies
from infra.postgres.databases import Databases, auth_database, chat_databases
from infra.postgres.erasure import PostgresSagas
from infra.postgres.facts import PostgresFacts
from infra.postgres.people import PostgresPeople
from infra.postgres.profiles import PostgresProfileReader
from infra.postgres.reader import PostgresRooms
from infra.postgres.sanctions import PostgresSanctionReader
from infra.postgres.saving import PostgresSavedReader
from infra.postgres.sessions import PostgresSessions
from infra.postgres.signups import PostgresSignups
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.passwords import BcryptPasswords
from infra.security.seal import HpkeSealer
from infra.security.successors import HmacSuccessors
from infra.security.tokens import JwtAuthenticator, JwtIssuer
from schemas import topics
from schemas.records import WatchedEvent
from schemas.services import FRONT_AUTH
from tables.followed.generations import KnownGenerations
from tables.followed.mutes import Mutes
from tables.followed.revocations import EndedLogins
from tables.followed.watched import Watched
from web.copies import Copies
from web.live.all_news import NEWS
from web.live.hub import Hub
from web.mutes import Muting
from web.rates import MessageRates
from web.reading import ReadMoves
from web.revocations import RevocationSweep, TopicRevocationNews
from web.stats_live import LiveStats
from web.stats_relay import StatsRelay
from web.stomp.handshake import Handshake
from web.stomp.ports import StompPorts
from web.stomp.sockets import Sockets
from web.typing_signals import TypingSignals
from web.wishes import Wishes

TAIL_LAG = 2.0


class Front:
    """The parts of one front, and how they hang together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        linger = settings.kafka.linger_ms / 1000
        self.app = new_app(settings, settings.service, linger=linger)
        self.app.producer_only = True
        self.databases: Databases = chat_databases(settings)
        self.rooms = PostgresRooms(self.databases.homes, self.databases.chat)
        self.profiles = PostgresProfileReader(self.databases.chat)
        self.wishes = Wishes(self.app, settings.limits)
        self.rates = MessageRates(settings.limits)
        self.typing = TypingSignals(self.app, self.rooms)
        self.reads = ReadMoves(self.wishes, MessageRates(settings.limits))
        self.mutes = Mutes()
        self.watched = Watched()
        self.generations = KnownGenerations()
        self.muting = Muting(self.mutes, self.rooms)
        self.revocations = EndedLogins(settings.auth.access_ttl)
        self.keys = KeyRing(settings.auth.keys_dir, settings.auth.key_settle)
        self.authenticator = JwtAuthenticator(self.keys, settings.auth, self.revocations)
        self.sockets = Sockets(settings.limits)
        self.revocations.listen(self.sockets.end_login)
        facts = PostgresFacts(self.databases.homes, self.databases.chat)
        self.hub = Hub(self.rooms, facts, self.lag, settings.limits.wish_timeout, NEWS)
        self.tail = self._tail()
        self.app.before_start.append(self.databases.open)
        self.app.after_stop.append(self.hub.stop)
        self.app.after_stop.append(self.databases.close)
        self.app.service(self.tail)  # type: ignore[arg-type]  # takes instances as well
        self.app.on_web(self._routes)

    def lag(self) -> float:
        """Seconds since the tail has certainly read everything."""
        return self.tail.lag_seconds()

    def _tail(self) -> Tail:
        outcomes = web.outcomes.handler
        wishes, hub = self.wishes, self.hub
        return Tail(
            self.settings.kafka,
            {
                topics.MESSAGE_RESPONSE.name: outcomes(
                    wishes,
                    topics.MESSAGE_REQUEST,
                    topics.MESSAGE_RESPONSE,
                    hub.tell,
                    hub.wants,
                ),
                topics.ROOM_RESPONSE.name: outcomes(
                    wishes, topics.ROOM_REQUEST, topics.ROOM_RESPONSE, hub.tell
                ),
                topics.READ_RESPONSE.name: outcomes(
                    wishes, topics.READ_REQUEST, topics.READ_RESPONSE, hub.tell, hub.wants
                ),
                topics.SAVED_RESPONSE.name: outcomes(
                    wishes, topics.SAVED_REQUEST, topics.SAVED_RESPONSE
                ),
                topics.TYPING.name: web.outcomes.listener(topics.TYPING, hub.tell, hub.wants),
                topics.ACCOUNT_RESPONSE.name: outcomes(
                    wishes, topics.ACCOUNT_REQUEST, topics.ACCOUNT_RESPONSE, hub.tell
                ),
                topics.FRIEND_RESPONSE.name: outcomes(
                    wishes, topics.FRIEND_REQUEST, topics.FRIEND_RESPONSE, hub.tell
                ),
                topics.SESSION_RESPONSE.name: self.revocations.followed.on_record,
                topics.WATCHED_EVENT.name: self.watched.followed.on_record,
                topics.GENERATION_EVENT.name: self.generations.followed.on_record,
                topics.SANCTION_RESPONSE.name: outcomes(
                    wishes,
                    topics.SANCTION_REQUEST,
                    topics.SANCTION_RESPONSE,
                    self.mutes.apply,
                ),
            },
            since={
                known.followed.topic.name: known.followed.since
                for known in (self.revocations, self.watched, self.generations, self.mutes)
            },
            background=self._background(),
        )

    def _background(self) -> tuple[str, ...]:
        """The gateway sends nobody's chat to front-auth: what it hears of rooms may be late."""
        if self.settings.service == FRONT_AUTH.name:
            return tuple(
                spec.name
                for spec in (
                    topics.MESSAGE_RESPONSE,
                    topics.ROOM_RESPONSE,
                    topics.READ_RESPONSE,
                    topics.SAVED_RESPONSE,
                    topics.TYPING,
                    topics.WATCHED_EVENT,
                    topics.GENERATION_EVENT,
                )
            )
        return ()

    def _routes(self, web_app: Application) -> None:
        settings = self.settings
        web.middleware.register(web_app, settings, self.authenticator)
        web.health.register(web_app, {"tail": self._tail_check, "worker": self._worker_check})
        web.auth.register_keys(web_app, lambda: keys.jwks(self.keys.verifying()))
        if settings.service == FRONT_AUTH.name:
            self._own_sessions(web_app)
        endpoint = URL(settings.web.public_url).with_path("/stomp/chat")
        scheme = "wss" if endpoint.scheme == "https" else "ws"
        ports = web.rooms.RoomPorts(self.wishes, self.rooms, self.rates, self.mutes)
        web.rooms.register(web_app, ports, str(endpoint.with_scheme(scheme)))
        web.reading.register(web_app, self.reads)
        people = web.participants.ParticipantPorts(self.wishes, self.rooms)
        web.participants.register(web_app, people)
        saved = PostgresSavedReader(self.databases.chat)
        rates = MessageRates(settings.limits)
        web.saving.register(web_app, web.saving.SavedPorts(self.wishes, saved, rates))
        web.message_changes.register(web_app, ports)
        self._search(web_app)
        self._stats(web_app)
        self._stomp(web_app)
        web.pages.register(web_app)
        web.docs.register(web_app)
        elsewhere = (
            *web.signup.ROUTES,
            *web.auth.ROUTES,
            *web.erasure.ROUTES,
            *web.people.ROUTES,
            *web.sanctions.ROUTES,
            *web.sagas.ROUTES,
        )
        web.openapi.register(web_app, settings.web.public_url, elsewhere)

    def _stats(self, web_app: Application) -> None:
        relay = StatsRelay(
            self.settings.stats,
            lambda: self.app.http_client,
            lambda: self.generations.now.builder,
        )
        web.stats.register(web_app, relay, self.rooms)
        series = web.series.register(web_app, relay)
        ports = web.watched.WatchedPorts(
            relay,
            self.watched,
            self._publish_watched,
            lambda: self.lag() < TAIL_LAG,
            self.settings.limits.wish_timeout,
        )
        web.watched.register(web_app, ports, series)
        most = self.settings.limits.sockets_per_account
        web.stats_live.register(web_app, LiveStats(relay.ask, self._has_ended, most))

    async def _publish_watched(self, event: WatchedEvent) -> None:
        partitions = self.settings.kafka.partitions
        await send_all(self.app, [outgoing(topics.WATCHED_EVENT, event, partitions)])

    def _has_ended(self, caller: Caller) -> bool:
        return self.revocations.is_revoked(caller.sid) or time.time() >= caller.expires_at

    def _search(self, web_app: Application) -> None:
        client = connect(self.settings.elastic)
        self.app.after_stop.append(client.close)
        search = ElasticSearch(client, self.settings.elastic)
        web.search.register(web_app, web.search.SearchPorts(search, self.rooms, self.profiles))

    def _stomp(self, web_app: Application) -> None:
        ports = StompPorts(
            self.hub,
            self.wishes,
            self.authenticator,
            self.rates,
            self.reads,
            self.typing,
            self.settings.limits,
            self.sockets,
            self.muting,
        )
        edge = web_app[web.middleware.EDGE]
        handshake = Handshake(
            edge.origins.listed,
            edge.cookies.access,
            web.middleware.caller_address,
            lambda request: web.middleware.caller_of(request).sid,
        )
        web.stomp.endpoint.register(web_app, ports, handshake)

    def _own_sessions(self, web_app: Application) -> None:
        settings = self.settings
        database = auth_database(settings)
        self.app.after_stop.append(database.close)
        sessions = PostgresSessions(database, settings.auth.refresh_ttl)
        news = TopicRevocationNews(self.app, self.revocations)
        passwords = BcryptPasswords(settings.auth)
        self.app.service(RevocationSweep(sessions, news))  # type: ignore[arg-type]  # an instance
        readers = {name: PostgresCopies(each) for name, each in self.databases.chat.items()}
        copies = Copies(readers, settings.limits.wish_timeout)
        ports = web.auth.AuthPorts(
            wishes=self.wishes,
            accounts=PostgresAccountReader(database),
            sessions=sessions,
            attempts=PostgresLoginAttempts(database, settings.limits),
            passwords=passwords,
            tokens=JwtIssuer(self.keys, settings.auth),
            successors=HmacSuccessors(settings.auth.keys_dir, settings.auth.key_settle),
            sealer=HpkeSealer(keys.sealing_public_key(settings.auth.keys_dir)),
            news=news,
            signups=PostgresSignups(database),
            copies=copies,
        )
        web.signup.register(web_app, settings, ports)
        web.auth.register(web_app, settings, ports)
        web.erasure.register(web_app, ports)
        people = web.people.PeoplePorts(self.wishes, PostgresPeople(database), copies)
        web.people.register(web_app, settings.limits, people)
        reader = PostgresSanctionReader(database)
        sanctions = web.sanctions.SanctionPorts(self.wishes, reader, web.pages.sanctions, copies)
        web.sanctions.register(web_app, sanctions)
        sagas = web.sagas.SagaPorts(PostgresSagas(database), web.pages.sagas, web.pages.saga)
        web.sagas.register(web_app, sagas)

    def _tail_check(self) -> str | None:
        lag = self.lag()
        return None if lag < TAIL_LAG else f"the tail is {lag:.1f} s behind"

    def _worker_check(self) -> str | None:
        return "it is stopping" if self.app.stopping else None


def create_front(settings: Settings) -> ChatStreamApp:
    """The app of a front or front-auth."""
    return Front(settings).app
