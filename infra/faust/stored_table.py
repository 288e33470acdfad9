"""A Faust table over our store: Faust assigns and recovers it, the subclass reads and writes it.

The abstract methods are all that Faust's side asks of a table; nothing here knows of its values.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import faust
from faust import stores
from faust.stores import rocksdb
from faust.types import TP

from infra.faust.store import MonotoneStore


class StoredTable(faust.Table):
    """A table whose partitions lie in a MonotoneStore (`data`); the app is a ChatStreamApp."""

    data: Any
    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Called, in this order, with a partition whose records another process has written.
        self.on_foreign_change: list[Callable[[int], None]] = []

    def _new_store_by_url(self, url: Any) -> Any:
        if stores.by_url(url) is not rocksdb.Store:
            return super()._new_store_by_url(url)
        return MonotoneStore(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=self.key_type,
            key_serializer=self.key_serializer,
            value_serializer=self.value_serializer,
            value_type=self.value_type,
            loop=self.loop,
            options=dict(self.options or {}),
        )

    # -- what the subclass may ask -----------------------------------------------------------

    def active_partitions(self) -> set[int]:
        """The partitions that are assigned to this worker as their owner."""
        return set(self.app.owned(self.changelog_topic_name))

    def is_assigned(self, partition: int) -> bool:
        """Whether this worker is the owner of the partition."""
        return partition in self.app.owned(self.changelog_topic_name)

    def read_up_to(self, partition: int) -> int | None:
        """The last offset of the changelog that is read, or taken for read; None: unknown.

        Recovery takes the offset before a changelog's first for read, where that is later.
        """
        place = TP(self.changelog_topic_name, partition)
        found = (
            self.data.persisted_offset(place),
            self.app.tables.recovery.active_offsets.get(place),
        )
        return max((offset for offset in found if offset is not None), default=None)

    # -- what Faust, recovery and the store call ---------------------------------------------

    async def on_rebalance(
        self, assigned: Any, revoked: Any, newly_assigned: Any, generation_id: int = 0
    ) -> None:
        """The group has given this process its partitions anew: pauses before that are over."""
        self.reassigned()
        self.app.pauses.forget()
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    def apply(self, partition: int, rows: Sequence[Any]) -> None:
        """Take over records of a partition's changelog: what was derived from it is out of date."""
        self.data.apply(partition, rows)
        for listener in self.on_foreign_change:
            listener(partition)

    @abstractmethod
    def reassigned(self) -> None:
        """A rebalance has begun: offsets that were known may be out of date."""

    @abstractmethod
    def is_newer(self, held: bytes, offered: bytes) -> bool:
        """See infra.faust.store.FactOrder."""

    @abstractmethod
    def note_stale(self, partition: int, key: bytes) -> None:
        """See infra.faust.store.FactOrder."""
