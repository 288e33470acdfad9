"""Samples as they lie on their topic: made of what the rules found, and made into it again."""

from __future__ import annotations

from collections.abc import Sequence

from uuid_utils.compat import uuid7

from chatstream.domain.lag.states import LagState
from chatstream.domain.lag.telling import ToldSample
from chatstream.domain.lag.watching import GroupLag, GroupPosition, PartitionLag
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, text_of
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.lag import SAMPLE

_NONE = -1


def outgoing(lag: GroupLag, partitions: int, *, is_kept: bool, probe: float | None) -> Outgoing:
    """The record of a sample, in the partition of its group."""
    return Outgoing(
        SAMPLE.event.name,
        partition_of(lag.group, partitions),
        lag.group.encode(),
        records.encode(_record(lag, is_kept, probe)),
    )


def _record(lag: GroupLag, is_kept: bool, probe: float | None) -> records.LagSampled:
    return records.LagSampled(
        event_id=str(uuid7()),
        at=text_of(lag.at),
        group=lag.group,
        state=lag.together.state,
        members=lag.members,
        is_kept=is_kept,
        probe=None if probe is None else round(probe, 4),
        topics=tuple(_topic(topic, found) for topic, found in lag.topics),
    )


def _topic(topic: str, found: Sequence[PartitionLag]) -> records.TopicSampled:
    committed, ends = ([_NONE] * (found[-1].partition + 1) for _ in range(2))
    for each in found:
        committed[each.partition] = each.position.committed
        ends[each.partition] = each.position.end
    return records.TopicSampled(
        topic,
        tuple(committed),
        tuple(ends),
        tuple(each.partition for each in found if each.position.is_held),
        tuple(_behind(each) for each in found if each.lag or each.state is not LagState.OK),
    )


def _behind(each: PartitionLag) -> records.PartitionBehind:
    return records.PartitionBehind(
        each.partition,
        each.state,
        each.lag,
        None if each.seconds is None else round(each.seconds, 1),
        None if each.catch_up is None else round(each.catch_up, 1),
        each.lost,
    )


def told(sample: records.LagSampled) -> ToldSample:
    """The sample that a record tells of; where a partition begins is not among it."""
    return ToldSample(
        sample.group,
        from_text(sample.at).timestamp(),
        sample.members,
        {
            (topic.topic, partition): GroupPosition(
                committed, 0, topic.ends[partition], partition in topic.held
            )
            for topic in sample.topics
            for partition, committed in enumerate(topic.committed)
            if committed != _NONE
        },
    )
