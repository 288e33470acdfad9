"""The sink of a RESPONSE topic of which databases of another context keep a copy."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from faust.types import EventT

from agents.loop.event_sink import EventSink
from chatstream.ports.copies import CopyStore
from infra.faust.app import ChatStreamApp
from schemas import codec
from schemas.streams import Stream

Row = TypeVar("Row")


class CopySink(EventSink, ABC, Generic[Row]):
    """Keeps in each of its databases what `row_of` takes from the facts; see EventSink.

    One lane: a record counts as done only when every database has it, so a database that is down
    holds back the copies (never the messages, which have lanes of their own).
    """

    stream: ClassVar[Stream]

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, CopyStore[Row]]) -> None:
        """`stores` by database name."""
        super().__init__(app)
        self.stores = stores

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Keep what the batch says in all databases; repeating it changes nothing."""
        topic = self.stream.response.name
        told = [self.row_of(codec.decode(topic, event.value)) for event in batch]
        rows = [row for row in told if row is not None]
        if rows:
            await asyncio.gather(*(store.keep(rows) for store in self.stores.values()))

    @staticmethod
    @abstractmethod
    def row_of(record: Any) -> Row | None:
        """What the copies keep of a record; None when nothing."""
