"""The log service: what happened into Elasticsearch, an event and, for a message, its text.

What contexts tell as their actions is kept: facts, refusals, and what else has an identity.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from faust.types import EventT

from agents.log_documents import SOURCES, Documents, origin_of
from agents.loop import metrics
from agents.loop.batching import declare
from agents.loop.dead_letters import dead_letter
from agents.loop.event_sink import EventSink
from agents.loop.recall import Recall
from agents.loop.traces import trace_of
from chatstream.domain.documents import Document
from chatstream.errors import PoisonKind, PoisonMessage, TransientFailure
from chatstream.ports.search import DocumentStore
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all
from infra.pacing import Pace
from infra.tracing import within

log = logging.getLogger(__name__)

_PART = 125
"""Records whose documents are made and written together, while those before them are written."""

_BATCH = 1_000
"""Records of a batch at most: between two batches nothing is under way."""

Waiting = tuple[int, Document]


@dataclass(slots=True)
class Progress:
    """How far the batch under way has come: a repeat of it sends only what waits.

    Documents and faults go by the index of their record in the batch; `made` is how many records
    have been looked at. A document is in `waiting` until somebody writes it, in `delayed` when the
    store did not take it, for the reason `why`.
    """

    batch: Sequence[EventT]
    made: int = 0
    waiting: list[Waiting] = field(default_factory=list)
    delayed: list[Waiting] = field(default_factory=list)
    why: str = ""
    refused: dict[int, PoisonMessage] = field(default_factory=dict)


class LogSink(EventSink):
    """See agents.loop.batching.Sink: one lane, documents whose ids make a repeat harmless.

    A record that cannot be read, or whose document Elasticsearch refuses, becomes a dead letter
    by itself; the records around it are kept in the same pass. `at_once` writes are under way
    together, each of the documents of `part` records: an event is created once and a message's
    highest version stays, so their order is of no matter.
    """

    lane = "elastic"

    def __init__(
        self,
        app: ChatStreamApp,
        store: DocumentStore,
        documents: Documents,
        *,
        at_once: int = 1,
        part: int = _PART,
    ) -> None:
        super().__init__(app)
        self.store = store
        self.documents = documents
        self.at_once = at_once
        self.part = part
        self._progress: Progress | None = None

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Write the batch's documents; TransientFailure says how many still wait, and why."""
        progress = self._progress
        if progress is None or progress.batch is not batch:
            progress = self._progress = Progress(batch)
        await self._write(progress)
        await self._reject(progress)
        self._progress = None

    async def _write(self, progress: Progress) -> None:
        writers = (self._write_parts(progress) for _ in range(self.at_once))
        # All of them to their end: what one has begun must not be under way in the next try.
        ended = await asyncio.gather(*writers, return_exceptions=True)
        progress.waiting, progress.delayed = [*progress.delayed, *progress.waiting], []
        for error in ended:
            if error is not None:
                raise error
        if progress.waiting:
            raise TransientFailure(f"{len(progress.waiting)} documents wait: {progress.why}")

    async def _write_parts(self, progress: Progress) -> None:
        while not progress.delayed and (part := self._next(progress)):
            try:
                written = await self.store.write([document for _, document in part])
            except BaseException:
                progress.delayed.extend(part)
                raise
            for index, reason in written.refused.items():
                progress.refused.setdefault(part[index][0], PoisonMessage(reason, PoisonKind.STORE))
            for index, reason in written.delayed.items():
                progress.delayed.append(part[index])
                progress.why = reason

    def _next(self, progress: Progress) -> list[Waiting]:
        """The next documents to be written; none when all are, or under way."""
        while not progress.waiting and progress.made < len(progress.batch):
            self._make(progress)
        part, progress.waiting = progress.waiting, []
        return part

    def _make(self, progress: Progress) -> None:
        now = round(time.time() * 1000)
        upto = min(progress.made + self.part, len(progress.batch))
        for index in range(progress.made, upto):
            event = progress.batch[index]
            try:
                found = self.documents.of(origin_of(event), event.value, now)
            except PoisonMessage as error:
                progress.refused[index] = error
            else:
                progress.waiting.extend((index, document) for document in found)
        progress.made = upto

    async def _reject(self, progress: Progress) -> None:
        letters = [
            dead_letter(progress.batch[index], error.reason, error.kind)
            for index, error in sorted(progress.refused.items())
        ]
        await send_all(self.app, letters)
        for index, error in progress.refused.items():
            event = progress.batch[index]
            message = event.message
            metrics.dead_lettered(message.topic, error)
            with within(trace_of(event)):
                log.warning("not kept: %s-%s@%s", message.topic, message.partition, message.offset)


def register(
    app: ChatStreamApp, store: DocumentStore, documents: Documents, recall: Recall
) -> None:
    """Declare the agent `log.sink` over every topic with what is kept; `recall` of its facts."""
    pace = Pace(app.chatstream.elastic.interval, 1)
    names = [source.name for source in SOURCES]
    sink = LogSink(app, store, documents, at_once=app.chatstream.elastic.bulks_at_once)
    settings = app.chatstream.batch.model_copy(update={"size": _BATCH})
    declare(app, "log.sink", names, sink, settings=settings, pace=pace, recall=recall)
