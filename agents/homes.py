"""What sinks that write to the chat databases have in common: where their records live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from faust.types import EventT

from agents.dead_letters import dead_letter
from infra.kafka.app import ChatStreamApp
from infra.kafka.producer import send_all

Store = TypeVar("Store")


class HomeSink(Generic[Store]):
    """A lane for each database: `homes` by partition, `stores` by database; see agents.batching."""

    def __init__(
        self, app: ChatStreamApp, homes: Mapping[int, str], stores: Mapping[str, Store]
    ) -> None:
        self.app = app
        self.homes = homes
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """The database that holds the partition."""
        return self.homes[partition]


class CopySink(Generic[Store]):
    """Keeps a copy of what another context tells in every chat database; see agents.batching.

    One lane: a record counts as done only when every database has it, so a database that is down
    holds back the copies (never the messages, which have lanes of their own).
    """

    lane: ClassVar[str]

    def __init__(self, app: ChatStreamApp, stores: Mapping[str, Store]) -> None:
        self.app = app
        self.stores = stores

    def lane_of(self, topic: str, partition: int) -> str:
        """All partitions share one lane."""
        return self.lane

    async def reject(self, event: EventT, reason: str) -> None:
        """Dead-letter the record; nobody waits for it."""
        await send_all(self.app, [dead_letter(event, reason)])
