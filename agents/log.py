"""The log service: what happened into Elasticsearch, an event and, for a message, its text.

What contexts tell as their actions is kept: facts, refusals, and what else has an identity.
"""

from __future__ import annotations

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
from chatstream.domain.documents import Document
from chatstream.errors import PoisonKind, PoisonMessage, TransientFailure
from chatstream.ports.search import DocumentStore
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all
from infra.pacing import Pace

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """How far the batch under way has come: a repeat of it sends only what waits.

    Documents and faults go by the index of their record in the batch.
    """

    batch: Sequence[EventT]
    waiting: list[tuple[int, Document]] = field(default_factory=list)
    refused: dict[int, PoisonMessage] = field(default_factory=dict)


class LogSink(EventSink):
    """See agents.loop.batching.Sink: one lane, documents whose ids make a repeat harmless.

    A record that cannot be read, or whose document Elasticsearch refuses, becomes a dead letter
    by itself; the records around it are kept in the same pass.
    """

    lane = "elastic"

    def __init__(self, app: ChatStreamApp, store: DocumentStore, documents: Documents) -> None:
        super().__init__(app)
        self.store = store
        self.documents = documents
        self._progress: Progress | None = None

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Write the batch's documents; TransientFailure says how many still wait, and why."""
        progress = self._progress
        if progress is None or progress.batch is not batch:
            progress = self._progress = self._begin(batch)
        await self._write(progress)
        await self._reject(progress)
        self._progress = None

    async def _write(self, progress: Progress) -> None:
        if not progress.waiting:
            return
        written = await self.store.write([document for _, document in progress.waiting])
        for index, reason in written.refused.items():
            progress.refused.setdefault(
                progress.waiting[index][0], PoisonMessage(reason, PoisonKind.STORE)
            )
        progress.waiting = [progress.waiting[index] for index in sorted(written.delayed)]
        if progress.waiting:
            reason = next(iter(written.delayed.values()))
            raise TransientFailure(f"{len(progress.waiting)} documents wait: {reason}")

    async def _reject(self, progress: Progress) -> None:
        letters = [
            dead_letter(progress.batch[index], progress.refused[index].reason)
            for index in sorted(progress.refused)
        ]
        await send_all(self.app, letters)
        for index, error in progress.refused.items():
            message = progress.batch[index].message
            metrics.dead_lettered(message.topic, error)
            log.warning("not kept: %s-%s@%s", message.topic, message.partition, message.offset)

    def _begin(self, batch: Sequence[EventT]) -> Progress:
        progress, now = Progress(batch), round(time.time() * 1000)
        for index, event in enumerate(batch):
            try:
                found = self.documents.of(origin_of(event), event.value, now)
            except PoisonMessage as error:
                progress.refused[index] = error
            else:
                progress.waiting.extend((index, document) for document in found)
        return progress


def register(
    app: ChatStreamApp, store: DocumentStore, documents: Documents, recall: Recall
) -> None:
    """Declare the agent `log.sink` over every topic with what is kept; `recall` of its facts."""
    pace = Pace(app.chatstream.elastic.interval, 1)
    names = [source.name for source in SOURCES]
    sink = LogSink(app, store, documents)
    declare(app, "log.sink", names, sink, pace=pace, recall=recall)
