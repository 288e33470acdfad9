"""The sink of what nobody waits for: facts, events and reports of others."""

from __future__ import annotations

from typing import ClassVar

from faust.types import EventT

from agents.loop.dead_letters import dead_letter
from chatstream.errors import PoisonKind
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import send_all


class EventSink:
    """See agents.loop.batching.Sink; a sink brings `process`, and its lane or `lane_of`.

    A fact that is dead-lettered leaves a gap in its line.
    """

    lane: ClassVar[str]

    def __init__(self, app: ChatStreamApp) -> None:
        self.app = app

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return self.lane

    async def reject(
        self, event: EventT, reason: str, kind: PoisonKind = PoisonKind.INVALID
    ) -> None:
        """Dead-letter the record; nobody waits for it. Durable on return."""
        await send_all(self.app, [dead_letter(event, reason, kind)])
