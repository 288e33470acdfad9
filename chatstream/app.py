"""The composition root: which parts a service is made of.

`create_app` builds the adapters from the settings and hands them to one `register` per module,
explicitly. Nothing else in the program makes an adapter or looks one up. What only one service
needs and is slow to load (the Elasticsearch client, templates, the analyser) is imported by its
function: it is more than half of the CPU time of a worker's start.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aiohttp.web import Application

import agents.accounts
import agents.alerts
import agents.blocks
import agents.catch_up
import agents.conduct
import agents.drift
import agents.erasure_chat
import agents.erasure_steps
import agents.friends
import agents.messages
import agents.mutes
import agents.profiles
import agents.reads
import agents.rooms
import agents.sagas
import agents.sanctions
import agents.saving
import agents.succession
import agents.words
import tables.conduct
import tables.members
import tables.stats
import web.generation_worker
import web.health
from agents.erasure_readers import ReaderErasure
from agents.moderation import Moderator
from agents.recall import Recall
from agents.recount import Recounter
from chatstream.domain.abuse.policy import own_policy
from chatstream.domain.generations import FIRST, Counting
from chatstream.settings import Settings
from infra.garbage import collect_rarely
from infra.kafka.app import ChatStreamApp, group_of, new_app
from infra.kafka.offsets import KafkaOffsets
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.chat_erasure import PostgresChatEraser
from infra.postgres.databases import auth_database, chat_databases
from infra.postgres.erasure import PostgresErasure, PostgresSagas
from infra.postgres.facts import PostgresFacts, recalled_facts
from infra.postgres.friends import PostgresFriends
from infra.postgres.lines import Lines
from infra.postgres.messages import PostgresMessages
from infra.postgres.mutes import PostgresMutes
from infra.postgres.profiles import PostgresProfiles
from infra.postgres.reading import PostgresReads
from infra.postgres.rooms import PostgresRooms
from infra.postgres.sanctions import PostgresSanctions
from infra.postgres.saving import PostgresSaved
from infra.security import keys
from infra.security.handles import HmacHandleKey
from infra.security.seal import HpkeOpener
from schemas import topics
from schemas.contexts import log, stats
from schemas.contexts import rooms as rooms_context
from schemas.services import CHAT, FRONT, FRONT_AUTH, LOG, STATS, USER
from tables.followed.fold import Follower
from tables.followed.generations import GenerationTail
from tables.followed.mutes import lifted_mutes
from tables.followed.policies import Policies
from tables.followed.watched import WatchedTail
from tables.snapshot import is_readable
from web.stats_routes import StatsWeb

# Seconds a worker that checks its tables rests after some messages: it counts and answers first.
_CHECK_PAUSE = 0.05


def create_app(settings: Settings, counting: Counting = FIRST) -> ChatStreamApp:
    """A Faust app for `settings.service`, ready to be run by a worker; connects to nothing yet.

    `counting` is what a stats worker counts.
    """
    builders: dict[str, Callable[[Settings], ChatStreamApp]] = {
        FRONT.name: _front,
        FRONT_AUTH.name: _front,
        USER.name: _user,
        CHAT.name: _chat,
        STATS.name: partial(_stats, counting=counting),
        LOG.name: _log,
    }
    return builders[settings.service](settings)


def _readiness(app: ChatStreamApp) -> dict[str, Callable[[], str | None]]:
    def worker() -> str | None:
        return None if app.serving else "partitions or tables are not ready, or it is stopping"

    return {"worker": worker}


def _front(settings: Settings) -> ChatStreamApp:
    from chatstream.front import create_front  # noqa: PLC0415 (see above)

    return create_front(settings)


def _user(settings: Settings) -> ChatStreamApp:
    app = new_app(settings, "user", unhurried=(topics.CONDUCT_EVENT.name,))
    database = auth_database(settings)
    app.after_stop.append(database.close)
    # One: a second claim of the same lines would fence the first.
    lines = Lines(database, topics.ACCOUNT_RESPONSE.name)
    keyed = HmacHandleKey(settings.auth.keys_dir)
    store = PostgresAccounts(database, lines, keyed)
    erasure = PostgresErasure(database, lines, keyed)
    opener = HpkeOpener(keys.sealing_key(settings.auth.keys_dir))
    sanctions = PostgresSanctions(database, Lines(database, topics.SANCTION_RESPONSE.name))
    rates = settings.limits.message_burst, settings.limits.messages_per_second
    policies = Policies(settings.kafka, own_policy(*rates))
    app.service(policies)  # type: ignore[arg-type]  # takes instances as well
    agents.accounts.register(app, store, erasure, opener)
    agents.sagas.register(app, PostgresSagas(database), KafkaOffsets(settings.kafka))
    friends = PostgresFriends(database, Lines(database, topics.FRIEND_RESPONSE.name))
    agents.friends.register(app, friends)
    agents.sanctions.register(app, sanctions)
    agents.conduct.register(app, tables.conduct.declare(app), policies)
    app.on_web(lambda web_app: web.health.register(web_app, _readiness(app)))
    return app


def _chat(settings: Settings) -> ChatStreamApp:
    app = new_app(settings, "chat")
    databases = chat_databases(settings)
    app.before_start.append(databases.open)
    app.after_stop.append(databases.close)
    chat = databases.chat
    messages = {
        name: PostgresMessages(database, Lines(database, topics.MESSAGE_RESPONSE.name))
        for name, database in chat.items()
    }
    rooms = {
        name: PostgresRooms(database, Lines(database, topics.ROOM_RESPONSE.name))
        for name, database in chat.items()
    }
    profiles = {name: PostgresProfiles(database) for name, database in chat.items()}
    blocks = {name: PostgresBlocks(database) for name, database in chat.items()}
    members = tables.members.declare(app)
    rates = settings.limits.message_burst, settings.limits.messages_per_second
    policies = Policies(settings.kafka, own_policy(*rates))
    app.service(policies)  # type: ignore[arg-type]  # takes instances as well
    mutes = {name: PostgresMutes(database) for name, database in chat.items()}
    moderator = Moderator(policies, lifts=mutes)
    lifts = Follower(settings.kafka, lifted_mutes(moderator.lift), settings.kafka.fetch_interval)
    app.service(lifts)  # type: ignore[arg-type]  # as above
    agents.messages.register(app, databases.homes, messages, moderator)
    agents.rooms.register(app, databases.homes, rooms, members)
    recall = Recall(partial(recalled_facts, settings))
    agents.profiles.register(app, profiles, recall)
    agents.blocks.register(app, blocks, recall)
    saved = {
        name: PostgresSaved(database, Lines(database, topics.SAVED_RESPONSE.name))
        for name, database in chat.items()
    }
    agents.saving.register(app, databases.homes, saved)
    reads = {name: PostgresReads(database) for name, database in chat.items()}
    agents.reads.register(app, databases.homes, reads)
    agents.mutes.register(app, mutes, recall)
    erasers = {name: PostgresChatEraser(database) for name, database in chat.items()}
    agents.erasure_steps.register(
        app, rooms_context.ERASURE, agents.erasure_chat.ChatErasure(app, erasers)
    )
    app.on_web(lambda web_app: web.health.register(web_app, _readiness(app)))
    return app


def _stats(settings: Settings, counting: Counting) -> ChatStreamApp:
    from infra.text.dictionary import Dictionary  # noqa: PLC0415 (see above)
    from infra.text.korean import Words  # noqa: PLC0415

    own = counting.generation
    version = tables.stats.version_of(own.number)
    app = new_app(settings, "stats", is_waited_for=False, version=version)
    databases, auth = chat_databases(settings), auth_database(settings)
    app.before_start += [databases.open, collect_rarely]
    app.after_stop += [databases.close, auth.close]
    live = tables.stats.declare_stats(app)
    facts = PostgresFacts(databases.homes, databases.chat, auth)
    tokenizer = Words(Dictionary.of(counting.lists))
    generations = GenerationTail(settings.kafka, own)
    app.service(generations)  # type: ignore[arg-type]  # takes instances as well
    agents.succession.register(app, generations)
    watched = WatchedTail(settings.kafka)
    app.service(watched)  # type: ignore[arg-type]  # takes instances as well
    lines = agents.words.register(app, live, facts, tokenizer, watched.words)
    agents.catch_up.register(app, lines, facts, live.words.readable)
    agents.erasure_steps.register(
        app,
        stats.ERASURE,
        ReaderErasure(
            app.conf.id,
            agents.words.SOURCES,
            KafkaOffsets(settings.kafka),
            others={
                group_of(service.name): [wish.name for wish in wishes]
                for service, wishes in stats.ERASURE.wishes.items()
            },
        ),
        answers=generations.serves,
    )
    recounter = Recounter(facts, tokenizer, pause=_CHECK_PAUSE)
    agents.drift.register(app, live, recounter, live.words.readable)
    web_parts = StatsWeb(app, live, tokenizer, watched.words)
    agents.alerts.register(
        app,
        lambda: 0 in live.watched.readable() and generations.serves(),
        watched.words,
        web_parts.watched.counts,
    )

    def routes(web_app: Application) -> None:
        web.health.register(web_app, _readiness(app))
        web_parts.register(web_app)
        web.generation_worker.register(
            web_app,
            own,
            follows=settings.stats.generation is None,
            is_ready=lambda: app.serving,
            readable=lambda: [each for each in live.words.readable() if is_readable(live, each)],
            cursors={line.topic: line.cursor for line in lines},
        )

    app.on_web(routes)
    return app


def _log(settings: Settings) -> ChatStreamApp:
    import agents.sink  # noqa: PLC0415 (see above)
    from infra.elastic.client import connect  # noqa: PLC0415
    from infra.elastic.erasure import ElasticEraser  # noqa: PLC0415
    from infra.elastic.newest import NewestEvents  # noqa: PLC0415
    from infra.elastic.sink import ElasticDocuments  # noqa: PLC0415
    from infra.elastic.templates import await_templates  # noqa: PLC0415

    app = new_app(settings, "log", is_waited_for=False)
    client = connect(settings.elastic)
    # Before the templates are there a write would make indices of guessed fields.
    app.before_start.append(partial(await_templates, client))
    app.after_stop.append(client.close)
    documents = ElasticDocuments(client, settings.elastic)
    recall = Recall(partial(recalled_facts, settings), NewestEvents(client).surely_known)
    agents.sink.register(app, documents, recall)
    eraser = ElasticEraser(client, settings.elastic)
    sources = [source.name for source in agents.sink.SOURCES]
    agents.erasure_steps.register(
        app,
        log.ERASURE,
        ReaderErasure(app.conf.id, sources, KafkaOffsets(settings.kafka), then=eraser.erase),
    )
    app.on_web(lambda web_app: web.health.register(web_app, _readiness(app)))
    return app
