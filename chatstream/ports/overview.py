"""What the overview asks the stores."""

from __future__ import annotations

from typing import Protocol

from chatstream.domain.overview.samples import LogSample, PartitionsSample


class Cluster(Protocol):
    """The brokers."""

    async def partitions(self) -> PartitionsSample:
        """All partitions as the cluster has them; TransientFailure while no broker answers."""
        ...


class LogPulse(Protocol):
    """What the log keeps of the last hour."""

    async def pulse(self) -> LogSample:
        """Lines, errors and the newest of each dataset; TransientFailure while it is away."""
        ...


class SagaCounts(Protocol):
    """How erasures do; each call raises TransientFailure while their database is away."""

    async def running(self) -> int:
        """How many have not ended."""
        ...

    async def alarming(self) -> int:
        """How many ask for a person."""
        ...


class Answering(Protocol):
    """A server that can be asked whether it is there."""

    async def answer(self) -> None:
        """Returns when it has answered; TransientFailure when it does not."""
        ...
