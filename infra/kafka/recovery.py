"""Faust's recovery of tables, without going through all partitions for every record.

For each record of a changelog Faust counts what is left in every partition of every table, twice:
with six tables of eight partitions that is most of the time a large table takes to come back.
"""

from __future__ import annotations

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP


class QuickRecovery(Recovery):
    """Answers the two questions that are asked for every record as Faust does, only sooner."""

    _behind: TP | None = None

    def need_recovery(self) -> bool:
        """Whether an active partition is behind; the one found last is looked at first."""
        if self._behind is not None and self._is_behind(self._behind):
            return True
        self._behind = next(filter(self._is_behind, self.active_highwaters), None)
        return self._behind is not None

    def _is_behind(self, tp: TP) -> bool:
        highwater = self.active_highwaters.get(tp)
        offset = self.active_offsets.get(tp, 0)
        return highwater is not None and offset is not None and highwater > offset

    def standby_remaining_total(self) -> int:
        """The number of changes that standby partitions lack."""
        offsets = self.standby_offsets
        return sum(
            highwater - offsets[tp]
            for tp, highwater in self.standby_highwaters.items()
            if highwater >= 0 and offsets[tp] >= 0
        )


class Tables(TableManager):
    """The manager of an app's tables, with this recovery."""

    @property
    def recovery(self) -> Recovery:
        """The recovery of the app's tables; made at the first use."""
        if self._recovery is None:
            self._recovery = QuickRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
