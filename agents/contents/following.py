"""What posts and inspections follow of each other: a version leads to its inspection, and back.

Both become wishes on the other's own topic: only the owner of a post's partition writes its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID, uuid5

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.loop.recall import Recall
from agents.loop.traces import cause_of
from chatstream.domain.times import now_text
from infra.faust.app import ChatStreamApp
from infra.kafka.keyed import outgoing
from infra.kafka.producer import send_all
from schemas import codec, records
from schemas.contexts.contents import CONTENT, INSPECTION
from schemas.streams import TopicSpec


def inspect_of(fact: object) -> records.InspectVersion | None:
    """The wish that a version leads to; the same however often it is told.

    None for what is no version, or one that was deleted before it was read.
    """
    if not isinstance(fact, records.VersionWritten) or not (fact.body and fact.author_id):
        return None
    return records.InspectVersion(
        request_id=str(uuid5(UUID(fact.content_id), f"inspect:{fact.version}")),
        account_id=fact.author_id,
        content_id=fact.content_id,
        version=fact.version,
        title=fact.title,
        body=fact.body,
        tags=fact.tags,
        requested_at=now_text(),
    )


def apply_of(fact: object) -> records.ApplyVerdict | None:
    """The wish that a verdict or an appeal leads to; the same however often it is told.

    None for what is neither, or of an author who is erased.
    """
    if not isinstance(fact, records.VerdictGiven | records.VersionAppealed) or not fact.author_id:
        return None
    is_verdict = isinstance(fact, records.VerdictGiven)
    return records.ApplyVerdict(
        request_id=str(uuid5(UUID(fact.content_id), f"verdict:{fact.fact_no}")),
        account_id=fact.author_id,
        content_id=fact.content_id,
        version=fact.version,
        verdict=fact.verdict if isinstance(fact, records.VerdictGiven) else "review",
        verdict_no=fact.fact_no,
        reasons=fact.reasons,
        note=fact.note if isinstance(fact, records.VerdictGiven) else "",
        appealed=not is_verdict,
        requested_at=now_text(),
    )


class _WishSink(EventSink):
    """Asks the other stream, on `asked`, for what each record leads to."""

    asked: ClassVar[TopicSpec]

    def wish_of(self, fact: object) -> records.WishRecord | None:
        """What the fact leads to, if to anything."""
        raise NotImplementedError

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Produce the wishes of the batch; durable on return."""
        count = self.app.conf.topic_partitions
        found = [(self.wish_of(_record(event)), event) for event in batch]
        wishes = [
            outgoing(self.asked, wish, count, cause_of(event))
            for wish, event in found
            if wish is not None
        ]
        await send_all(self.app, wishes)


class InspectSink(_WishSink):
    """Asks for the inspection of every version."""

    lane = "contents"
    asked = INSPECTION.request

    def wish_of(self, fact: object) -> records.InspectVersion | None:
        """See inspect_of."""
        return inspect_of(fact)


class VerdictSink(_WishSink):
    """Asks that every verdict is applied."""

    lane = "verdicts"
    asked = CONTENT.request

    def wish_of(self, fact: object) -> records.ApplyVerdict | None:
        """See apply_of."""
        return apply_of(fact)


def _record(event: EventT) -> object:
    return codec.decode(event.message.topic, event.value)


def register(app: ChatStreamApp, recall: Recall) -> None:
    """Declare the agents `content.written` and `content.verdicts`; `recall` as for BatchLoop."""
    written, verdicts = CONTENT.response.name, INSPECTION.response.name
    declare(app, "content.written", [written], InspectSink(app), recall=recall)
    declare(app, "content.verdicts", [verdicts], VerdictSink(app), recall=recall)
