"""The log, wired: what it copies to Elasticsearch, and the search of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.domain.documents import DEAD_LETTERS, EVENTS, LAG, LOGS
from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.log import APP, CONTEXT, ERASURE
from schemas.services import LOG

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch
    from mode import ServiceT

    from infra.elastic.log_reading import ElasticLog
    from infra.kafka.records import KafkaRecords
    from infra.postgres.profiles import PostgresProfileReader
    from tables.followed.serving_words import ServingWords
    from web.looks import Looks


def _log(worker: Worker) -> None:
    from agents import app_log, log, log_documents
    from agents.loop.recall import Recall
    from infra.elastic.client import connect
    from infra.elastic.newest import NewestEvents
    from infra.elastic.sink import ElasticDocuments
    from infra.elastic.templates import await_templates
    from infra.postgres.facts import open_facts

    app, elastic = worker.app, worker.settings.elastic
    client = connect(elastic)
    # Before the templates are there a write would make indices of guessed fields.
    app.before_start.append(partial(await_templates, client))
    app.after_stop.append(client.close)
    recall = Recall(partial(open_facts, worker.settings), NewestEvents(client).surely_known)
    documents = log_documents.Documents(_words(worker))
    log.register(app, ElasticDocuments(client, elastic), documents, recall)
    app_log.register(app, ElasticDocuments(client, elastic))
    _letters(worker, client)
    app.run_beside(_retention(worker, client))
    _check(worker, client)
    _erasure(worker, client)


def _erasure(worker: Worker, client: AsyncElasticsearch) -> None:
    from agents import log_documents
    from agents.erasure import steps
    from agents.erasure.readers import ReaderErasure
    from infra.elastic.erasure import ElasticEraser
    from infra.kafka.offsets import KafkaOffsets

    app, settings = worker.app, worker.settings
    eraser = ReaderErasure(
        app.conf.id,
        [*(source.name for source in log_documents.SOURCES), APP.event.name],
        KafkaOffsets(settings.kafka),
        then=ElasticEraser(client, settings.elastic).erase,
    )
    steps.register(app, ERASURE, eraser)


def _letters(worker: Worker, client: AsyncElasticsearch) -> None:
    """What the log keeps of dead letters, and what it tells of those that wait."""
    from agents import dead_letters, letter_watch
    from infra.elastic.sink import ElasticDocuments
    from infra.kafka.dead_letters import KafkaDeadLetters
    from infra.kafka.producer import send_all
    from infra.kafka.records import KafkaRecords

    app, kafka = worker.app, worker.settings.kafka
    dead_letters.register(app, ElasticDocuments(client, worker.settings.elastic))
    put = partial(send_all, app)
    letter_watch.register(app, KafkaDeadLetters(KafkaRecords(kafka), put, kafka.partitions))


def _words(worker: Worker) -> ServingWords:
    from tables.followed.fold import Follower
    from tables.followed.generations import KnownGenerations, read_into
    from tables.followed.serving_words import ServingWords

    known, kafka = KnownGenerations(), worker.settings.kafka
    # Before the first text is looked at, and from then on beside it.
    worker.app.before_start.append(partial(read_into, kafka, known))
    worker.app.run_beside(Follower(kafka, known.followed, kafka.background_fetch_interval))
    return ServingWords(known)


def _retention(worker: Worker, client: AsyncElasticsearch) -> ServiceT:
    from agents.log_maintenance.retention import LogRetention
    from infra.elastic.retention import remove_expired

    kept = worker.settings.log
    # Messages are kept for ever: they are the search.
    days = {
        LOGS: kept.lines_days,
        EVENTS: kept.events_days,
        DEAD_LETTERS: kept.dead_letters_days,
        LAG: kept.lag_days,
    }
    return LogRetention(partial(remove_expired, client, days), kept.retention_interval)


def _check(worker: Worker, client: AsyncElasticsearch) -> None:
    from agents.log_maintenance import check
    from agents.log_maintenance.verify import LogVerifier
    from infra.elastic.held_messages import HeldMessages
    from infra.postgres.databases import chat_databases
    from infra.postgres.present_messages import PresentMessages

    # Opened by the first check: the log is kept while Postgres is away.
    databases = chat_databases(worker.settings)
    worker.app.after_stop.append(databases.close)
    held = HeldMessages(client.options(request_timeout=60))

    async def opened() -> LogVerifier:
        await databases.open()
        return LogVerifier(PresentMessages(databases), held, check.tell)

    check.register(worker.app, opened)


def _front(front: Front) -> Parts:
    from infra.elastic.client import connect
    from infra.elastic.log_reading import ElasticLog
    from infra.elastic.search import ElasticSearch
    from infra.kafka.records import KafkaRecords
    from infra.postgres.profiles import PostgresProfileReader
    from web import search
    from web.looks import Looks

    def routes(web_app: Application) -> None:
        process, settings = front.process, front.process.settings
        client = connect(settings.elastic)
        process.app.after_stop.append(client.close)
        profiles = PostgresProfileReader(process.databases.chat)
        found = ElasticSearch(client, settings.elastic)
        search.register(web_app, search.SearchPorts(found, front.rooms, profiles))
        topics = KafkaRecords(settings.kafka)
        looks = Looks(process.app, settings.limits.wish_timeout)
        _looking_in(web_app, front, ElasticLog(client, settings.elastic), topics, looks, profiles)
        _dead_letters(web_app, front, topics, looks)

    return Parts(routes=routes)


def _looking_in(
    web_app: Application,
    front: Front,
    log: ElasticLog,
    topics: KafkaRecords,
    looks: Looks,
    profiles: PostgresProfileReader,
) -> None:
    """What operators see of the log and of the topics."""
    from web import ops_log, ops_pages, ops_panels, ops_topics, ops_traces

    rooms, partitions = front.rooms, front.process.settings.kafka.partitions
    ops_log.register(web_app, ops_log.LogPorts(log, looks, rooms, profiles, ops_pages.log))
    ops_panels.register(web_app, ops_panels.PanelPorts(log, looks, rooms, profiles))
    ops_traces.register(web_app, ops_traces.TracePorts(log, topics, looks, rooms, profiles))
    ops_topics.register(
        web_app,
        ops_topics.TopicPorts(topics, looks, rooms, profiles, ops_pages.topics, partitions),
    )


def _dead_letters(web_app: Application, front: Front, topics: KafkaRecords, looks: Looks) -> None:
    """What operators see of dead letters, and do about them."""
    from infra.kafka.dead_letters import KafkaDeadLetters
    from infra.kafka.producer import send_all
    from web import ops_dlq, ops_pages

    process = front.process
    put = partial(send_all, process.app)
    letters = KafkaDeadLetters(topics, put, process.settings.kafka.partitions)
    ports = ops_dlq.LetterPorts(letters, looks, front.rooms, ops_pages.dead_letters)
    ops_dlq.register(web_app, ports)


WIRING = Wiring(context=CONTEXT, serve={LOG: _log}, front=_front)
