"""What the cards are judged by: what each store said when it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PartitionsSample:
    """The partitions of the cluster: how many, and those that lack copies or a leader.

    `brokers` has each node that should have copies, and of how many partitions it has everything.
    """

    topics: int
    partitions: int
    lacking: int
    leaderless: int
    brokers: Mapping[int, int] = field(default_factory=dict)
    named: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LogSample:
    """Lines a minute by service over the last minutes, errors of the last hour, newest by dataset.

    `errors` by service; `newest` in seconds since 1970.
    """

    rates: Mapping[str, float]
    errors: Mapping[str, int]
    newest: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SagasSample:
    """Erasures that run, and those whose step fails again and again."""

    running: int
    stuck: int


@dataclass(frozen=True, slots=True)
class SanctionsSample:
    """Mutes in force, and those of them that were imposed within a day."""

    in_force: int
    new: int


@dataclass(frozen=True, slots=True)
class LagSample:
    """The groups by state, when the monitor sampled last (None: never), and whether it is there."""

    states: Mapping[str, str]
    records: Mapping[str, int]
    sampled_at: float | None
    is_current: bool
