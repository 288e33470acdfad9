"""The log service's third agent: a document for each dead letter of every context."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.replays import pairs_of
from chatstream.domain.dead_letters import DeadLetter, Place, letter_of
from chatstream.domain.letter_documents import letter_document
from chatstream.errors import PoisonKind, TransientFailure
from chatstream.ports.search import DocumentStore
from infra.faust.app import ChatStreamApp
from infra.kafka.dead_letters import LETTER_TOPICS
from infra.pacing import Pace

log = logging.getLogger(__name__)


class LetterSink:
    """See agents.loop.batching.Sink: each letter is created once, by its id.

    What cannot be kept is said in the log, and is no dead letter of a dead letter: it lies on Kafka
    as it is.
    """

    def __init__(self, store: DocumentStore) -> None:
        self.store = store

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return "elastic"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Write the batch's documents; TransientFailure says how many still wait, and why."""
        letters = [letter_in(event) for event in batch]
        written = await self.store.write([letter_document(each) for each in letters])
        for index, reason in written.refused.items():
            log.error("dead letter %s not kept: %s", letters[index].id, reason)
        if written.delayed:
            reason = next(iter(written.delayed.values()))
            raise TransientFailure(f"{len(written.delayed)} dead letters wait: {reason}")

    async def reject(
        self, event: EventT, reason: str, kind: PoisonKind = PoisonKind.INVALID
    ) -> None:
        """Say so; the record is on Kafka already, among the dead letters."""
        log.error("dead letter %s not kept: %s", letter_in(event).id, kind)


def letter_in(event: EventT) -> DeadLetter:
    """The letter that a record of a dead-letter topic is."""
    message: Any = event.message
    return letter_of(
        Place(message.topic, message.partition, message.offset),
        round((message.timestamp or 0) * 1000),
        message.key,
        len(event.value or b""),
        pairs_of(message.headers),
    )


def register(app: ChatStreamApp, store: DocumentStore) -> None:
    """Declare the agent `log.letters` over every dead-letter topic."""
    pace = Pace(app.chatstream.elastic.interval, 1)
    declare(app, "log.letters", LETTER_TOPICS, LetterSink(store), pace=pace)
