"""The live tables of a stats worker: what counts, checks, watches and answers."""

from __future__ import annotations

import agents.stats.alerts
import agents.stats.catch_up
import agents.stats.counting
import agents.stats.drift
import agents.stats.generation_handover
import web.counts.generation_http
from agents.erasure import steps
from agents.erasure.readers import ReaderErasure
from agents.stats.counting import LineSink
from agents.stats.recount import Recounter
from chatstream.wiring import Worker
from infra.faust.app import group_of
from infra.kafka.offsets import KafkaOffsets
from infra.postgres.facts import PostgresFacts
from infra.text.dictionary import Dictionary
from infra.text.korean import Words
from schemas.contexts.stats import ERASURE
from schemas.databases import AUTH
from tables.followed.generations import GenerationTail
from tables.followed.watched import WatchedTail
from tables.snapshot import is_readable
from tables.stats import StatsTables, declare_stats
from web.counts.routes import StatsWeb

# Seconds a worker that checks its tables rests after some messages: it counts and answers first.
_CHECK_PAUSE = 0.05


def serve(worker: Worker) -> None:
    """Everything of it; only the worker of the generation that serves erases and alerts."""
    app, databases = worker.app, worker.databases
    facts = PostgresFacts(databases.homes, databases.chat, {AUTH: worker.auth})
    live = declare_stats(app)
    tokenizer = Words(Dictionary.of(worker.counting.lists))
    generations = GenerationTail(worker.settings.kafka, worker.counting.generation)
    app.run_beside(generations)
    agents.stats.generation_handover.register(app, generations)
    watched = WatchedTail(worker.settings.kafka)
    app.run_beside(watched)
    lines = agents.stats.counting.register(app, live, facts, tokenizer, watched.words)
    agents.stats.catch_up.register(app, lines, facts, live.words.readable)
    _erase(worker, generations)
    recounter = Recounter(facts, tokenizer, pause=_CHECK_PAUSE)
    agents.stats.drift.register(app, live, recounter, live.words.readable)
    parts = StatsWeb(app, live, tokenizer, watched.words)
    app.on_web(parts.register)
    agents.stats.alerts.register(
        app,
        lambda: 0 in live.watched.readable() and generations.serves(),
        watched.words,
        parts.watched.counts,
    )
    _tell_generation(worker, live, lines)


def _erase(worker: Worker, generations: GenerationTail) -> None:
    eraser = ReaderErasure(
        worker.app.conf.id,
        agents.stats.counting.SOURCES,
        KafkaOffsets(worker.settings.kafka),
        others={
            group_of(service.name): [wish.name for wish in wishes]
            for service, wishes in ERASURE.wishes.items()
        },
    )
    steps.register(worker.app, ERASURE, eraser, answers=generations.serves)


def _tell_generation(worker: Worker, live: StatsTables, lines: list[LineSink]) -> None:
    app = worker.app
    app.on_web(
        lambda web_app: web.counts.generation_http.register(
            web_app,
            worker.counting.generation,
            follows=worker.settings.stats.generation is None,
            is_ready=lambda: app.serving,
            readable=lambda: [each for each in live.words.readable() if is_readable(live, each)],
            cursors={line.topic: line.cursor for line in lines},
        )
    )
