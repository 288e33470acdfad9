"""The reporting database, as those who keep it in step see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chatstream.domain.captured import CapturedChange


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A source's newest snapshot that is not swept yet: where its log stood then."""

    source: str
    lsn: int


@dataclass(frozen=True, slots=True)
class SlotState:
    """A captured database's replication slot; `behind` is the log that it holds back, in bytes."""

    is_there: bool
    is_lost: bool = False
    behind: int = 0


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """A connector: `state` as Connect has it (FAILED also when its task has), its offset.

    `offset` is where it has certainly told everything: the log's place, None while it has none or
    reads a snapshot.
    """

    state: str
    has_offset: bool = False
    offset: int | None = None


class ReportingStore(Protocol):
    """The rows. All raise TransientFailure like any store."""

    async def keep(self, changes: Sequence[CapturedChange], /) -> None:
        """Keep what is newer than what is there, in one transaction. Repeating changes nothing.

        Nothing of an erased account is kept; accounts that the changes show as erased are.
        """
        ...

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """Forget an account for ever; counts by kind what named it."""
        ...

    async def unswept(self) -> Sequence[Snapshot]:
        """Each source's newest snapshot, where rows may be left that it did not have."""
        ...

    async def begin_snapshot(self, source: str, lsn: int) -> None:
        """Note that a snapshot is to come that sees what the source's log had at `lsn`."""
        ...

    async def sweep(self, snapshot: Snapshot) -> int:
        """Remove the source's rows from before it; how many. All of it must have been kept."""
        ...


class CapturedDatabase(Protocol):
    """A database that is captured. All raise TransientFailure like any store."""

    name: str

    async def slot(self) -> SlotState:
        """What became of its slot."""
        ...

    async def drop_slot(self) -> int:
        """Remove the slot, if it is there; where the log stands."""
        ...


class Connectors(Protocol):
    """What is asked of Connect. All raise TransientFailure while it does not answer."""

    async def state(self, database: str) -> ConnectorState:
        """The connector of a database; its state is empty where Connect does not know it."""
        ...

    async def stop(self, database: str) -> None:
        """Let it stop and forget its tasks; it stays known."""
        ...

    async def forget_offset(self, database: str) -> None:
        """Let a stopped one begin anew, by a snapshot."""
        ...

    async def resume(self, database: str) -> None:
        """Let a stopped one run."""
        ...

    async def restart(self, database: str) -> None:
        """Start what of it has failed."""
        ...
