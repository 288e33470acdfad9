"""The watch over the capture: slots that are lost, snapshots that are done.

A slot is lost when its reader was away for more than Postgres keeps of its log. What happened
meanwhile is in no log any more, so the connector is made to read everything anew; and once that was
kept, the rows go that it did not find.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mode import Service
from prometheus_client import Counter, Gauge

from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Ends, GroupOffsets
from chatstream.ports.reporting import (
    CapturedDatabase,
    Connectors,
    ConnectorState,
    ReportingStore,
    SlotState,
    Snapshot,
)
from schemas.cdc import CAPTURED

log = logging.getLogger(__name__)

_STOPPED = "STOPPED"
_FAILED = "FAILED"
_RUNNING = "RUNNING"

BEHIND = Gauge(
    "chatstream_cdc_slot_behind_bytes", "log that a slot holds back in its database", ["database"]
)
LOST = Gauge(
    "chatstream_cdc_slot_lost", "1 while a slot has lost what it had to tell", ["database"]
)
RUNNING = Gauge("chatstream_cdc_connector_running", "1 while a connector runs", ["database"])
RENEWED = Counter("chatstream_cdc_renewals", "slots that were lost and read anew", ["database"])
SWEPT = Counter("chatstream_cdc_swept_rows", "rows that a new snapshot did not find", ["database"])


class CaptureWatch(Service):
    """Looks after the captured databases every `interval` seconds."""

    def __init__(
        self,
        databases: Sequence[CapturedDatabase],
        connectors: Connectors,
        store: ReportingStore,
        offsets: GroupOffsets,
        *,
        group: str,
        interval: float,
    ) -> None:
        super().__init__()
        self._databases = databases
        self._connectors = connectors
        self._store = store
        self._offsets = offsets
        self._group = group
        self._interval = interval
        self._ends: dict[Snapshot, Ends] = {}
        for database in databases:  # so that the first of them is a rise
            RENEWED.labels(database.name)

    @Service.task
    async def _watch_on(self) -> None:
        while not self.should_stop:
            await self.look()
            await self.sleep(self._interval)

    async def look(self) -> None:
        """Look at each database once; an outage of one leaves the others to be looked at."""
        unswept = await self._unswept()
        for database in self._databases:
            try:
                state = await self._look_at(database)
                if database.name in unswept:
                    await self._sweep(unswept[database.name], state)
            except TransientFailure as error:
                RUNNING.labels(database.name).set(0)
                log.warning("the capture of %s was not looked at: %s", database.name, error)

    async def _unswept(self) -> dict[str, Snapshot]:
        try:
            return {each.source: each for each in await self._store.unswept()}
        except TransientFailure as error:
            log.warning("snapshots wait to be swept: %s", error)
            return {}

    async def _look_at(self, database: CapturedDatabase) -> ConnectorState:
        slot = await database.slot()
        BEHIND.labels(database.name).set(slot.behind)
        LOST.labels(database.name).set(is_lost(slot, ConnectorState("")))
        state = await self._connectors.state(database.name)
        RUNNING.labels(database.name).set(state.state == _RUNNING)
        LOST.labels(database.name).set(is_lost(slot, state))
        if is_lost(slot, state):
            await self._renew(database, state)
        elif state.state == _STOPPED and not slot.is_there:
            await self._connectors.resume(database.name)  # stopped by a renewal that was cut short
        elif state.state == _FAILED:
            await self._connectors.restart(database.name)
        return state

    async def _renew(self, database: CapturedDatabase, state: ConnectorState) -> None:
        """Let the connector read everything anew; again from the beginning if it is cut short."""
        if state.state != _STOPPED:
            log.error("the slot of %s is lost: it is read anew", database.name)
            await self._connectors.stop(database.name)
            return  # stopped when it is looked at next
        place = await database.drop_slot()
        await self._store.begin_snapshot(database.name, place)
        await self._connectors.forget_offset(database.name)
        await self._connectors.resume(database.name)
        RENEWED.labels(database.name).inc()

    async def _sweep(self, snapshot: Snapshot, state: ConnectorState) -> None:
        """Remove what the snapshot did not find, once all that it found is kept."""
        if state.state != _RUNNING or state.offset is None or state.offset < snapshot.lsn:
            return  # not yet told
        if snapshot not in self._ends:
            # Connect notes an offset when everything before it is on the topics.
            self._ends = {
                **{old: ends for old, ends in self._ends.items() if old.source != snapshot.source},
                snapshot: await self._offsets.ends([each.topic for each in CAPTURED]),
            }
        if await self._offsets.has_passed(self._group, self._ends[snapshot]):
            removed = await self._store.sweep(snapshot)
            SWEPT.labels(snapshot.source).inc(removed)
            if removed:
                log.info("%s had %d rows no more", snapshot.source, removed)


def is_lost(slot: SlotState, state: ConnectorState) -> bool:
    """Whether what happened meanwhile can no longer be told: the slot is lost, or is not there
    although the connector had come further than nothing.
    """
    return slot.is_lost or (not slot.is_there and state.has_offset)
