"""The log service's agent over the monitor's samples: what was behind, and since when."""

from __future__ import annotations

from collections.abc import Sequence

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from chatstream.domain.documents import Document
from chatstream.domain.lag.documents import Behind, lag_documents
from chatstream.domain.lag.states import LagState, worst
from chatstream.errors import PoisonKind, PoisonMessage, TransientFailure
from chatstream.ports.search import DocumentStore
from infra.faust.app import ChatStreamApp
from infra.pacing import Pace
from schemas import codec, records
from schemas.contexts.lag import SAMPLE


class LagSink(EventSink):
    """See agents.loop.batching.Sink: each document is created once, so a repeat changes nothing."""

    lane = "elastic"

    def __init__(self, app: ChatStreamApp, store: DocumentStore) -> None:
        super().__init__(app)
        self.store = store

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Write the batch's documents; PoisonMessage for what can never be kept."""
        documents = [each for event in batch for each in documents_of(event.value)]
        if not documents:
            return
        written = await self.store.write(documents)
        for reason in written.refused.values():
            raise PoisonMessage(reason, PoisonKind.STORE)
        for reason in written.delayed.values():
            raise TransientFailure(f"{len(written.delayed)} samples wait: {reason}")


def documents_of(value: bytes | None) -> list[Document]:
    """The documents of a record; none of a sample that is not kept. PoisonMessage: unreadable."""
    sample = codec.decode(SAMPLE.event.name, value)
    if not sample.is_kept:
        return []
    topics = [(each.topic, each.behind) for each in sample.topics if each.behind]
    every = [each for _, found in topics for each in found]
    try:
        found = [_together(None, every), *(_together(topic, each) for topic, each in topics)]
        return lag_documents(
            sample.event_id,
            sample.at,
            sample.group,
            found,
            members=sample.members,
            probe=sample.probe,
        )
    except ValueError as error:
        raise PoisonMessage(f"{SAMPLE.event.name}: {error}") from error


def _together(topic: str | None, found: Sequence[records.PartitionBehind]) -> Behind:
    seconds = [each.seconds for each in found if each.seconds is not None]
    catch_up = [each.catch_up for each in found]
    known = [each for each in catch_up if each is not None]
    return Behind(
        topic=topic,
        state=worst(LagState(each.state) for each in found),
        records=sum(each.lag for each in found),
        lost=sum(each.lost for each in found),
        partitions=len(found),
        seconds=max(seconds) if seconds else (None if found else 0.0),
        catch_up=max(known, default=0.0) if len(known) == len(catch_up) else None,
    )


def register(app: ChatStreamApp, store: DocumentStore) -> None:
    """Declare the agent `log.lag` over the samples."""
    pace = Pace(app.chatstream.elastic.interval, 1)
    declare(app, "log.lag", [SAMPLE.event.name], LagSink(app, store), pace=pace)
