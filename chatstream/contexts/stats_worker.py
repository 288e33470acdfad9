"""The live tables of a stats worker: what counts, checks, watches and answers."""

from __future__ import annotations

import agents.alerts
import agents.catch_up
import agents.drift
import agents.succession
import agents.words
import web.generation_worker
from agents import erasure_steps
from agents.erasure_readers import ReaderErasure
from agents.recount import Recounter
from agents.words import LineSink
from chatstream.wiring import Worker
from infra.garbage import collect_rarely
from infra.kafka.app import group_of
from infra.kafka.offsets import KafkaOffsets
from infra.postgres.facts import PostgresFacts
from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from schemas.contexts.stats import ERASURE
from tables.followed.generations import GenerationTail
from tables.followed.watched import WatchedTail
from tables.snapshot import is_readable
from tables.stats import StatsTables, declare_stats
from web.stats_routes import StatsWeb

# Seconds a worker that checks its tables rests after some messages: it counts and answers first.
_CHECK_PAUSE = 0.05


def serve(worker: Worker) -> None:
    """Everything of it; only the worker of the generation that serves erases and alerts."""
    app, databases = worker.app, worker.databases
    facts = PostgresFacts(databases.homes, databases.chat, worker.auth)
    app.before_start.append(collect_rarely)
    live = declare_stats(app)
    tokenizer = Words(Dictionary.of(worker.counting.lists))
    generations = GenerationTail(worker.settings.kafka, worker.counting.generation)
    app.run_beside(generations)
    agents.succession.register(app, generations)
    watched = WatchedTail(worker.settings.kafka)
    app.run_beside(watched)
    lines = agents.words.register(app, live, facts, tokenizer, watched.words)
    agents.catch_up.register(app, lines, facts, live.words.readable)
    _erase(worker, generations)
    recounter = Recounter(facts, tokenizer, pause=_CHECK_PAUSE)
    agents.drift.register(app, live, recounter, live.words.readable)
    parts = StatsWeb(app, live, tokenizer, watched.words)
    app.on_web(parts.register)
    agents.alerts.register(
        app,
        lambda: 0 in live.watched.readable() and generations.serves(),
        watched.words,
        parts.watched.counts,
    )
    _tell_generation(worker, live, lines)


def _erase(worker: Worker, generations: GenerationTail) -> None:
    eraser = ReaderErasure(
        worker.app.conf.id,
        agents.words.SOURCES,
        KafkaOffsets(worker.settings.kafka),
        others={
            group_of(service.name): [wish.name for wish in wishes]
            for service, wishes in ERASURE.wishes.items()
        },
    )
    erasure_steps.register(worker.app, ERASURE, eraser, answers=generations.serves)


def _tell_generation(worker: Worker, live: StatsTables, lines: list[LineSink]) -> None:
    app = worker.app
    app.on_web(
        lambda web_app: web.generation_worker.register(
            web_app,
            worker.counting.generation,
            follows=worker.settings.stats.generation is None,
            is_ready=lambda: app.serving,
            readable=lambda: [each for each in live.words.readable() if is_readable(live, each)],
            cursors={line.topic: line.cursor for line in lines},
        )
    )
