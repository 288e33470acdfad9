"""The reporting database in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatstream.domain.captured import (
    CapturedChange,
    Key,
    SnapshotPlace,
    begun_at,
    forgetting,
    is_swept,
    joined,
    newest,
    replaces,
    snapshot_marks,
    told_of,
)
from chatstream.errors import TransientFailure
from chatstream.ports.reporting import ConnectorState, SlotState, Snapshot
from schemas.cdc import CAPTURED, Forgets

ROWS = {each.table for each in CAPTURED if each.forgets is Forgets.ROW}


class FakeReporting:
    """ports.reporting.ReportingStore, and what a report would read."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Key], CapturedChange] = {}
        self.erased: set[str] = set()
        self.places: dict[str, SnapshotPlace] = {}
        self.swept: dict[str, int] = {}

    async def keep(self, changes: Sequence[CapturedChange], /) -> None:
        """See ports.reporting.ReportingStore."""
        for change in changes:
            if change.row is not None and change.row.get("erased_at") is not None:
                self._bury(change.row["account_id"])
        for source, lsn in snapshot_marks(changes).items():
            self.places[source] = told_of(self.places.get(source), lsn)
        placed = newest(joined(changes, self.places))
        for change in forgetting(placed, self.erased, rows=ROWS):
            place = (change.table, change.key)
            if place not in self.kept or replaces(change.version, self.kept[place].version):
                self.kept[place] = change

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """See ports.reporting.ReportingStore."""
        return {"rows of reports": self._bury(account_id)}

    def _bury(self, account_id: str) -> int:
        self.erased.add(account_id)
        named = [place for place, each in self.kept.items() if each.account == account_id]
        for place in named:
            change = self.kept.pop(place)
            if change.table not in ROWS and change.row is not None:
                row = {**change.row, "account_id": None}
                self.kept[place] = replace(change, row=row, account=None)
        return len(named)

    async def unswept(self) -> Sequence[Snapshot]:
        """See ports.reporting.ReportingStore."""
        return [
            Snapshot(source, each.lsn)
            for source, each in sorted(self.places.items())
            if each.lsn > self.swept.get(source, 0)
        ]

    async def begin_snapshot(self, source: str, lsn: int) -> None:
        """See ports.reporting.ReportingStore."""
        self.places[source] = begun_at(self.places.get(source), lsn)

    async def sweep(self, snapshot: Snapshot) -> int:
        """See ports.reporting.ReportingStore."""
        of = SnapshotPlace(snapshot.lsn, self.places[snapshot.source].begun)
        gone = [
            place
            for place, each in self.kept.items()
            if each.source == snapshot.source and is_swept(each.version, of)
        ]
        for place in gone:
            del self.kept[place]
        self.swept[snapshot.source] = max(self.swept.get(snapshot.source, 0), snapshot.lsn)
        return len(gone)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table that are there, by key."""
        found = [
            (key, each) for (name, key), each in self.kept.items() if name == table and each.row
        ]
        return [dict(each.row or {}) for _, each in sorted(found, key=lambda pair: pair[0])]


@dataclass
class FakeCapture:
    """A captured database with its connector, as the watch sees both."""

    name: str
    there: SlotState = field(default_factory=lambda: SlotState(is_there=True))
    connector: ConnectorState = field(
        default_factory=lambda: ConnectorState("RUNNING", has_offset=True, offset=0)
    )
    place: int = 0
    is_away: bool = False

    def _ask(self) -> None:
        if self.is_away:
            raise TransientFailure(self.name)

    async def slot(self) -> SlotState:
        """See ports.reporting.CapturedDatabase."""
        self._ask()
        return self.there

    async def drop_slot(self) -> int:
        """See ports.reporting.CapturedDatabase."""
        self._ask()
        self.there = SlotState(is_there=False)
        return self.place


class FakeConnectors:
    """Connectors over `captures`; `failing` names calls that fail once.

    Kafka Connect itself is asked in `tests/operate/test_cdc.py`.
    """

    def __init__(self, *captures: FakeCapture) -> None:
        self.captures = {each.name: each for each in captures}
        self.failing: set[str] = set()
        self.restarted: list[str] = []

    def _called(self, call: str) -> None:
        if call in self.failing:
            self.failing.remove(call)
            raise TransientFailure(f"connect: {call}")

    async def state(self, database: str) -> ConnectorState:
        """See ports.reporting.Connectors."""
        self._called("state")
        return self.captures[database].connector

    async def stop(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        self._called("stop")
        capture = self.captures[database]
        capture.connector = replace(capture.connector, state="STOPPED")

    async def forget_offset(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        self._called("forget_offset")
        capture = self.captures[database]
        assert capture.connector.state == "STOPPED"
        capture.connector = replace(capture.connector, has_offset=False, offset=None)

    async def resume(self, database: str) -> None:
        """See ports.reporting.Connectors; a slot is made as the connector begins anew."""
        self._called("resume")
        capture = self.captures[database]
        capture.connector = replace(capture.connector, state="RUNNING")
        capture.there = SlotState(is_there=True)

    async def restart(self, database: str) -> None:
        """See ports.reporting.Connectors."""
        self._called("restart")
        self.restarted.append(database)
