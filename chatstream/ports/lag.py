"""Where consumer groups are, for the lag monitor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from chatstream.domain.lag.telling import ToldSample
from chatstream.domain.lag.watching import GroupPosition, Place


@dataclass(frozen=True, slots=True)
class GroupPositions:
    """A group as the broker has it: how many members, and where it is in its partitions.

    `is_stable`: its members have shared the partitions out among them.
    """

    group: str
    members: int
    is_stable: bool
    positions: Mapping[Place, GroupPosition]


class GroupReader(Protocol):
    """The broker's view of all groups; TransientFailure while it does not answer."""

    async def positions(
        self, known: Mapping[str, Collection[Place]] = MappingProxyType({})
    ) -> Sequence[GroupPositions]:
        """Every group that is watched, with the partitions that it committed or is given.

        A group that nobody is in has those of before (`known`, by group) as well: what it was
        given and never committed is told by nobody else.
        """
        ...

    async def made(
        self, wanted: Collection[tuple[Place, int]]
    ) -> Mapping[tuple[Place, int], float]:
        """When the records at these offsets were made (seconds since 1970), by their own times.

        Without those that could not be read in time, or tell no time.
        """
        ...


class SampleReader(Protocol):
    """The samples that were told."""

    async def recent(self, seconds: float) -> Sequence[ToldSample]:
        """Those of the last `seconds`; TransientFailure while the broker does not answer."""
        ...
