"""How a context is wired: what it does in each service, and what it gives a front.

`Worker` and `Front` are what the contexts of one process share: parts are made once, databases when
a context first asks for them. Making them connects to nothing. Types that only a front has are not
imported: they are a tenth of a worker's start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from aiohttp.web import Application

from agents.loop.recall import Recall
from chatstream.domain.abuse.policy import own_policy
from chatstream.domain.generations import Counting
from chatstream.ports.copies import CopyReader
from chatstream.ports.logins import Caller
from infra.faust.app import ChatStreamApp
from infra.kafka.tail import Handler
from infra.postgres.databases import Databases, chat_databases, single_database
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import open_facts
from infra.postgres.pool import Database
from schemas.context import Context
from schemas.databases import AUTH, Lineage
from schemas.services import Service
from schemas.streams import Stream, TopicSpec
from tables.followed.fold import Followed
from tables.followed.policies import Policies
from web.outcomes import RecordHandler, handler

if TYPE_CHECKING:
    from infra.postgres.room_reader import PostgresRoomReader
    from infra.security.keyring import KeyRing
    from tables.followed.generations import KnownGenerations
    from tables.followed.mutes import Mutes
    from tables.followed.revocations import EndedLogins
    from tables.members import RoomMembers
    from web.copies import Copies
    from web.edge.openapi import Route
    from web.edge.rates import MessageRates
    from web.lag_board import LagBoard
    from web.live.hub import Hub
    from web.live.news import News
    from web.reading import ReadMoves
    from web.wishes import Wishes

Store = TypeVar("Store")
Routes = Callable[[Application], None]

# The tail is behind when it has not read everything for so many seconds.
TAIL_LAG = 2.0


class Process:
    """An app and the databases of its process, which are closed after everything has stopped."""

    def __init__(self, app: ChatStreamApp) -> None:
        self.app = app
        self.settings = app.chatstream
        self._databases: dict[Lineage, Database] = {}

    def database(self, lineage: Lineage) -> Database:
        """The database of a lineage that is not sharded."""
        if lineage not in self._databases:
            self._databases[lineage] = single_database(self.settings, lineage)
            self.app.after_stop.append(self._databases[lineage].close)
        return self._databases[lineage]

    @property
    def auth(self) -> Database:
        """The auth database."""
        return self.database(AUTH)

    @cached_property
    def databases(self) -> Databases:
        """The chat databases; their homes are read before the app starts."""
        databases = chat_databases(self.settings)
        self.app.before_start.append(databases.open)
        self.app.after_stop.append(databases.close)
        return databases

    def in_each(self, store: Callable[[Database], Store]) -> dict[str, Store]:
        """A store for each chat database, by its name."""
        return {name: store(database) for name, database in self.databases.chat.items()}


class Worker(Process):
    """A process with agents; `counting` is what it counts, if it has the live tables."""

    def __init__(self, app: ChatStreamApp, counting: Counting) -> None:
        super().__init__(app)
        self.counting = counting
        self._lines: dict[tuple[str, str], LineEpochs] = {}

    def line(self, stream: Stream, database: Database) -> LineEpochs:
        """The stream's fact lines in the database.

        One for the process: a second claim of the same lines would fence the first.
        """
        place = (stream.response.name, database.name)
        if place not in self._lines:
            self._lines[place] = LineEpochs(database, stream.response.name)
        return self._lines[place]

    def writers(
        self, store: Callable[[Database, LineEpochs], Store], stream: Stream
    ) -> dict[str, Store]:
        """A store that writes the stream's lines for each chat database, by its name."""
        return self.in_each(lambda database: store(database, self.line(stream, database)))

    @cached_property
    def policies(self) -> Policies:
        """The policy against abuse, followed beside the app."""
        limits = self.settings.limits
        own = own_policy(limits.message_burst, limits.messages_per_second)
        policies = Policies(self.settings.kafka, own)
        self.app.run_beside(policies)
        return policies

    @cached_property
    def members(self) -> RoomMembers:
        """The table of who is in which room; written by the rooms' agent alone."""
        from tables import members  # noqa: PLC0415 (the chat service alone has it)

        return members.declare(self.app)

    @cached_property
    def recall(self) -> Recall:
        """The facts of every line, for readers whose records the broker has deleted."""
        return Recall(partial(open_facts, self.settings))


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A topic that a front reads; `since` and `handler` as for its tail.

    `by_all`: also by a pool that serves other contexts only, since it authorises by it. `often`:
    its records come so often that it has a connection of its own.
    """

    topic: TopicSpec
    handler: Handler
    since: float = 0.0
    by_all: bool = False
    often: bool = False


def whole(followed: Followed, *, by_all: bool = False) -> Heard:
    """A followed topic, as far back as it is folded."""
    topic, since = followed.topic, followed.since
    return Heard(topic=topic, handler=followed.on_record, since=since, by_all=by_all)


@dataclass(frozen=True, kw_only=True)
class Front:
    """What is there of a front before the contexts give their parts.

    `lag` gives the seconds since the tail has certainly read everything; `groups` are the consumer
    groups as the lag monitor tells of them.
    """

    process: Process
    wishes: Wishes
    rooms: PostgresRoomReader
    hub: Hub
    rates: MessageRates
    reads: ReadMoves
    mutes: Mutes
    revocations: EndedLogins
    keys: KeyRing
    copies: Copies
    lag: Callable[[], float]
    groups: LagBoard
    generations: KnownGenerations

    def answers(
        self,
        stream: Stream,
        then: RecordHandler | None = None,
        wanted: Callable[[bytes], bool] | None = None,
        since: float = 0.0,
        *,
        often: bool = False,
    ) -> Heard:
        """The stream's outcomes, for whoever waits for one; `then` and `wanted` as web.outcomes."""
        on_record = handler(self.wishes, stream.request, stream.response, then, wanted)
        return Heard(topic=stream.response, handler=on_record, since=since, often=often)

    def is_current(self) -> bool:
        """Whether what the tail folds is certainly up to date."""
        return self.lag() < TAIL_LAG

    def has_ended(self, caller: Caller) -> bool:
        """Whether the caller's login is over."""
        return self.revocations.is_revoked(caller.sid) or time.time() >= caller.expires_at


def _none(_: Application) -> None:
    """Add no routes."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a context gives a front: topics to hear, and functions that add routes.

    `own` adds those of the pool that owns sessions; `elsewhere` describes them in the other one.
    """

    hears: tuple[Heard, ...] = ()
    routes: Routes = _none
    own: Routes = _none
    elsewhere: tuple[Route, ...] = ()


def _first(_: Counting) -> int:
    return 1


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """A context in the program: its part in each service, and its part in a front.

    `news` is what open pages are told of its records, `copies` the readers of the copies in its
    databases, by name. In its own service its `unhurried` topics are
    read less often, and the group and the tables have the `version` of what is counted.
    """

    context: Context
    serve: Mapping[Service, Callable[[Worker], None]] = field(default_factory=dict)
    front: Callable[[Front], Parts] | None = None
    news: Callable[[], News] | None = None
    copies: Callable[[Process], Mapping[str, CopyReader]] | None = None
    unhurried: tuple[TopicSpec, ...] = ()
    version: Callable[[Counting], int] = _first
