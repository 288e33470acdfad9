"""What every sink that writes to the chat databases has in common: where a partition lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from infra.kafka.app import ChatStreamApp

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
