"""Records as they lie on Kafka, for those who look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PartitionSpan:
    """The offsets of a partition's records: from `begin` to before `end`."""

    partition: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record; `at` is its time in milliseconds since 1970."""

    partition: int
    offset: int
    at: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsWanted:
    """Records of `partitions` of a topic: the newest ones, or, `is_forward`, from a place on.

    `bounds` has for each partition where to go on: the first offset that is wanted when it goes
    forward, else the first that is not. Without one it is where the partition begins or ends, or
    forward the first record not before `at` (milliseconds). `key` and `header` (name, a part of
    its value) keep only records that have them.
    """

    topic: str
    partitions: tuple[int, ...]
    limit: int
    is_forward: bool = False
    bounds: Mapping[int, int] = field(default_factory=dict)
    at: int | None = None
    key: bytes | None = None
    header: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class RecordsFound:
    """A page: each partition's records in order, the partitions merged by time.

    `bounds` are those of the next page, None when there is nothing more. `scanned` records were
    looked at; `spans` are the partitions as they were.
    """

    records: Sequence[HeldRecord]
    spans: Sequence[PartitionSpan]
    bounds: Mapping[int, int] | None
    scanned: int


class TopicReader(Protocol):
    """Reads topics of the catalogue, beside everybody else; TransientFailure while Kafka is away.

    It joins no group and commits nothing.
    """

    async def spans(self, topics: Sequence[str]) -> Mapping[str, Sequence[PartitionSpan]]:
        """The partitions of each topic, in order."""
        ...

    async def read(self, wanted: RecordsWanted) -> RecordsFound:
        """A page of at most `limit` records; with a filter a bounded number is looked at."""
        ...
