"""Recovery of tables: records of a changelog go from the fetch into their table, many at once.

Faust carries each through a queue and a buffer. A record that still lies there when a rebalance
takes its partition away is put into whichever table had the record before it, with its offset; and
a million records take four minutes. Here nothing lies between: what the consumer has fetched is
written by `take`, or read again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any, cast

from aiokafka import ConsumerRecord
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP
from mode import Service

from infra.faust.stored_table import StoredTable

# Records written to a table before others get their turn on the event loop.
_SLICE = 500
# Slices from whose time the rest of a recovery is told in the log.
_SAMPLES = 100


class BulkRecovery(Recovery):
    """Faust's recovery (what is read, from where, and when it is enough), with another reader."""

    num_samples_required_for_estimate = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._processing_times = deque(maxlen=_SAMPLES)
        # Partitions of which something was fetched and not written.
        self._torn: set[TP] = set()

    def sought(self, tps: Iterable[TP]) -> None:
        """The next records of these follow on what their tables have."""
        self._torn.difference_update(tps)

    async def take(
        self, tp: TP, rows: Sequence[ConsumerRecord[bytes | None, bytes | None]]
    ) -> None:
        """Write records of a changelog partition, in offset order, to its table.

        What the table has already is passed over. Of a partition that is not read for a table now
        nothing is written, and nothing more before it is sought: what came later would hide the
        hole. So it is where a rebalance begins: the table has the offset up to which it got
        everything, and recovery seeks it.
        """
        for start in range(0, len(rows), _SLICE):
            offsets = self._offsets_of(tp)
            if offsets is None or tp in self._torn:
                self._torn.add(tp)
                return
            seen = offsets[tp]
            fresh = [
                row for row in rows[start : start + _SLICE] if seen is None or row.offset > seen
            ]
            if fresh:
                table = cast(StoredTable, self.tp_to_table[tp])
                table.apply(tp.partition, fresh)
                offsets[tp] = fresh[-1].offset
                self._have_moved(tp, len(fresh))
            await asyncio.sleep(0)

    def _offsets_of(self, tp: TP) -> Any:
        """Where the partition's offset is kept; None when its records are not for a table."""
        consumer: Any = self.app.consumer
        if not consumer.flow_active:
            return None
        if tp in self.standby_tps:
            return self.standby_offsets
        return self.active_offsets if self.in_recovery and tp in self.active_tps else None

    def _have_moved(self, tp: TP, count: int) -> None:
        """Tell Faust of so many records: what it reports, and that it was enough."""
        self._last_flush_at = now = monotonic()
        if tp in self.standby_tps:
            self._standby_events_received_at[tp] = now
            if not self.tables.standbys_ready and not self.standby_remaining_total():
                self.tables.on_standbys_ready()
            return
        self._active_events_received_at[tp] = now
        if self._last_active_event_processed_at is not None:
            self._processing_times.append((now - self._last_active_event_processed_at) / count)
        self._last_active_event_processed_at = now
        if not self.need_recovery():
            self._set_recovery_ended()
            self.signal_recovery_end.set()

    def _set_recovery_started(self) -> None:
        self.signal_recovery_end.clear()
        super()._set_recovery_started()

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Faust's reader of the queue, which stays empty here."""


class Tables(TableManager):
    """The manager of an app's tables, with this recovery."""

    @property
    def recovery(self) -> BulkRecovery:
        """The recovery of the app's tables; made at the first use."""
        if self._recovery is None:
            self._recovery = BulkRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        found: Any = self._recovery
        return found  # type: ignore[no-any-return]
