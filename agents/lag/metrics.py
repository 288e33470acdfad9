"""What the monitor measures: under the names that users of kafka-lag-exporter know, and its own.

`member_host`, `consumer_id` and `client_id` are left out: each restart of a worker would leave
series behind. See https://github.com/seglo/kafka-lag-exporter#metrics.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chatstream.domain.lag.states import LagState
from chatstream.domain.lag.watching import GroupLag
from infra.metrics import ReadGauge, Sample

_PARTITION = ("group", "topic", "partition")
_GROUP = ("group",)
_FAMILIES: Mapping[str, tuple[Sequence[str], str]] = {
    "kafka_consumergroup_group_offset": (
        _PARTITION,
        "next offset that a group has not committed",
    ),
    "kafka_consumergroup_group_lag": (
        _PARTITION,
        "records from there to the end of the partition",
    ),
    "kafka_consumergroup_group_lag_seconds": (
        _PARTITION,
        "how old the first of them is, by its own time",
    ),
    "kafka_consumergroup_group_max_lag": (
        _GROUP,
        "the largest lag of a group in a partition",
    ),
    "kafka_consumergroup_group_max_lag_seconds": (
        _GROUP,
        "the longest lag of a group in a partition",
    ),
    "kafka_consumergroup_group_sum_lag": (
        _GROUP,
        "records that a group has to read, of all partitions",
    ),
    "kafka_consumergroup_group_topic_sum_lag": (
        ("group", "topic"),
        "the same of a topic",
    ),
    "kafka_partition_latest_offset": (
        ("topic", "partition"),
        "the offset of the next record of a partition",
    ),
    "kafka_partition_earliest_offset": (
        ("topic", "partition"),
        "the first offset that a partition still has",
    ),
}


class KafkaLag(Collector):
    """The metrics of kafka-lag-exporter, of the last sample; none before the first."""

    def __init__(self) -> None:
        self.cluster = ""
        self.groups: Collection[GroupLag] = ()
        REGISTRY.register(self)

    def describe(self) -> list[GaugeMetricFamily]:
        """Their names, so that the registry knows them before the first sample."""
        return list(self._families().values())

    def collect(self) -> list[GaugeMetricFamily]:
        """All of them as they were sampled last; a time that is not known has no value."""
        families = self._families()
        for name, labels, value in self._values():
            families[name].add_metric([self.cluster, *labels], value)
        return [family for family in families.values() if family.samples]

    def _families(self) -> dict[str, GaugeMetricFamily]:
        return {
            name: GaugeMetricFamily(name, told, labels=["cluster_name", *labels])
            for name, (labels, told) in _FAMILIES.items()
        }

    def _values(self) -> Iterator[tuple[str, Sequence[str], float]]:
        for lag in self.groups:
            yield from _of_group(lag)
        positions = {
            (each.topic, each.partition): each.position
            for lag in self.groups
            for each in lag.partitions
        }
        for (topic, partition), position in positions.items():
            place = (topic, str(partition))
            yield "kafka_partition_latest_offset", place, position.end
            yield "kafka_partition_earliest_offset", place, position.begin


def _of_group(lag: GroupLag) -> Iterator[tuple[str, Sequence[str], float]]:
    prefix, whole = "kafka_consumergroup_group", lag.together
    for each in lag.partitions:
        labels = (lag.group, each.topic, str(each.partition))
        yield f"{prefix}_offset", labels, each.position.committed
        yield f"{prefix}_lag", labels, each.lag
        if each.seconds is not None:
            yield f"{prefix}_lag_seconds", labels, each.seconds
    yield f"{prefix}_max_lag", (lag.group,), whole.most
    yield f"{prefix}_sum_lag", (lag.group,), whole.lag
    if whole.seconds is not None:
        yield f"{prefix}_max_lag_seconds", (lag.group,), whole.seconds
    for topic, found in lag.topics:
        yield f"{prefix}_topic_sum_lag", (lag.group, topic), sum(each.lag for each in found)


KAFKA_LAG = KafkaLag()


def _states(lag: KafkaLag) -> Iterable[Sample]:
    for each in lag.groups:
        state = each.together.state
        yield from (((each.group, other), float(other is state)) for other in LagState)


def _lost(lag: KafkaLag) -> Iterable[Sample]:
    for each in lag.groups:
        for topic, found in each.topics:
            yield (each.group, topic), sum(partition.lost for partition in found)


def _catch_up(lag: KafkaLag) -> Iterable[Sample]:
    for each in lag.groups:
        seconds = each.together.catch_up
        yield (each.group,), math.inf if seconds is None else seconds


STATE = ReadGauge[KafkaLag](
    "chatstream_lag_state",
    "1 for the state of a group, 0 for the others",
    ["group", "state"],
    _states,
)
LOST = ReadGauge[KafkaLag](
    "chatstream_lag_lost_records",
    "records that the broker deleted before a group read them",
    ["group", "topic"],
    _lost,
)
CATCH_UP = ReadGauge[KafkaLag](
    "chatstream_lag_catch_up_seconds",
    "until a group is at the end if it goes on so; infinite: never",
    ["group"],
    _catch_up,
)
for gauge in (STATE, LOST, CATCH_UP):
    gauge.watch(KAFKA_LAG)

SAMPLED = Gauge("chatstream_lag_sampled_timestamp_seconds", "when all groups were sampled last")
MISSED = Counter("chatstream_lag_samples_missed", "samples that an outage of Kafka left out")
