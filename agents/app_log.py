"""The log service's second agent: lines of logs, each a document of its day.

An agent and a lane of its own: a flood of lines waits on Kafka, and facts do not wait behind it.
What it says about itself comes back as a line, so it says one line a batch, not one a record.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from faust.types import EventT

from agents.line_watch import LineAges, LineBeat
from agents.loop import metrics
from agents.loop.batching import declare
from agents.loop.dead_letters import dead_letter
from agents.loop.event_sink import EventSink
from chatstream.domain.documents import Document
from chatstream.domain.line_documents import line_document
from chatstream.domain.times import now_text
from chatstream.errors import PoisonKind, PoisonMessage, TransientFailure
from chatstream.ports.search import DocumentStore
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all
from infra.pacing import Pace
from schemas.contexts.log import APP

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LogLineBatch:
    """How far the batch under way has come; indices are those of its records."""

    batch: Sequence[EventT]
    waiting: list[tuple[int, Document]] = field(default_factory=list)
    refused: dict[int, PoisonMessage] = field(default_factory=dict)


class LogLineSink(EventSink):
    """See agents.loop.batching.Sink: each line is created once, by its `event.id`.

    A record that is no line, or whose document Elasticsearch refuses, becomes a dead letter; the
    lines around it are kept in the same pass.
    """

    lane = "elastic"

    def __init__(self, app: ChatStreamApp, store: DocumentStore) -> None:
        super().__init__(app)
        self.store = store
        self._ages = LineAges()
        self._progress: LogLineBatch | None = None

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Write the batch's lines; TransientFailure says how many still wait, and why."""
        progress = self._progress
        if progress is None or progress.batch is not batch:
            progress = self._progress = _begin(batch)
        await self._write(progress)
        await self._reject(progress)
        self._progress = None

    async def _write(self, progress: LogLineBatch) -> None:
        if not progress.waiting:
            return
        waiting = progress.waiting
        written = await self.store.write([document for _, document in waiting])
        for index, reason in written.refused.items():
            progress.refused[waiting[index][0]] = PoisonMessage(reason, PoisonKind.STORE)
        progress.waiting = [waiting[index] for index in sorted(written.delayed)]
        self._ages.kept(
            document
            for index, (_, document) in enumerate(waiting)
            if index not in written.delayed and index not in written.refused
        )
        if progress.waiting:
            reason = next(iter(written.delayed.values()))
            raise TransientFailure(f"{len(progress.waiting)} lines wait: {reason}")

    async def _reject(self, progress: LogLineBatch) -> None:
        refused = sorted(progress.refused)
        if not refused:
            return
        letters = [
            dead_letter(progress.batch[index], error.reason, error.kind)
            for index, error in sorted(progress.refused.items())
        ]
        await send_all(self.app, letters)
        for index in refused:
            message = progress.batch[index].message
            metrics.dead_lettered(message.topic, progress.refused[index])
        first = progress.batch[refused[0]].message
        place = (first.topic, first.partition, first.offset)
        log.warning("%s lines not kept, the first is %s-%s@%s", len(refused), *place)


def _begin(batch: Sequence[EventT]) -> LogLineBatch:
    progress, ingested = LogLineBatch(batch), now_text()
    for index, event in enumerate(batch):
        try:
            progress.waiting.append((index, document_of(event.value, ingested)))
        except PoisonMessage as error:
            progress.refused[index] = error
    return progress


def document_of(value: bytes | None, ingested: str) -> Document:
    """The document of a record; PoisonMessage when it is no line. Bytes that are no UTF-8 are �."""
    try:
        found = orjson.loads((value or b"").decode("utf-8", "replace"))
    except ValueError as error:
        told = f"{APP.event.name}: no JSON"
        raise PoisonMessage(told, PoisonKind.UNREADABLE) from error
    if not isinstance(found, dict):
        raise PoisonMessage(f"{APP.event.name}: no JSON object", PoisonKind.UNREADABLE)
    try:
        return line_document(found, ingested)
    except ValueError as error:
        raise PoisonMessage(f"{APP.event.name}: {error}", PoisonKind.INVALID) from error


def register(app: ChatStreamApp, store: DocumentStore) -> None:
    """Declare the agent `log.app` over the lines of logs, and let the worker say one a minute."""
    pace = Pace(app.chatstream.elastic.interval, 1)
    declare(app, "log.app", [APP.event.name], LogLineSink(app, store), pace=pace)
    app.run_beside(LineBeat())
