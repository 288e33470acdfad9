"""kakao.lag.*: how far consumer groups are behind, and records that go to Kafka and back."""

from __future__ import annotations

import msgspec

from schemas.records.base import EventRecord, Record


class PartitionBehind(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A partition in which a group has something to read, or does not do well.

    `seconds`: how old the first record is that it has not committed, null when that is not known;
    `catch_up`: when it is at the end if it goes on so, null: never; `lost`: records that the broker
    deleted unread.
    """

    partition: int
    state: str
    lag: int
    seconds: float | None = None
    catch_up: float | None = None
    lost: int = 0


class TopicSampled(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A group in a topic; `committed` and `ends` by partition, -1 where it has committed nothing.

    `held` are the partitions that a member is given.
    """

    topic: str
    committed: tuple[int, ...]
    ends: tuple[int, ...]
    held: tuple[int, ...] = ()
    behind: tuple[PartitionBehind, ...] = ()


class LagSampled(EventRecord, frozen=True, kw_only=True, tag="lagSampled"):
    """Where a group was at a moment, and what the monitor made of it and of the samples before.

    `is_kept`: the log makes documents of it. `probe`: seconds of the slowest of the last records
    that went to Kafka and back, null while one is not back.
    """

    group: str
    state: str
    members: int
    is_kept: bool
    probe: float | None
    topics: tuple[TopicSampled, ...]


class LagProbe(Record, frozen=True, kw_only=True, tag="lagProbe"):
    """A record whose way to Kafka and back is timed by the monitor that sent it."""

    monitor: str
    number: int


LagSample = LagSampled
LagProbed = LagProbe
