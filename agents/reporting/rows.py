"""kakao.cdc.*: the changes of the captured rows, kept in the reporting database."""

from __future__ import annotations

from collections.abc import Sequence

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.reporting.decoding import change_of
from chatstream.ports.reporting import ReportingStore
from infra.faust.app import ChatStreamApp
from schemas.cdc import CAPTURED


class RowSink(EventSink):
    """Keeps each change once: whatever comes again is known by its version."""

    lane = "rows"

    def __init__(self, app: ChatStreamApp, store: ReportingStore) -> None:
        super().__init__(app)
        self.store = store

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Keep the batch in one transaction; repeating it changes nothing."""
        await self.store.keep([change_of(event.message.topic, event.value) for event in batch])


def register(app: ChatStreamApp, store: ReportingStore) -> None:
    """Declare the agent `reporting.rows`."""
    declare(app, "reporting.rows", [each.topic for each in CAPTURED], RowSink(app, store))
