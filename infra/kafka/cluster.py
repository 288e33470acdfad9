"""The partitions of the whole cluster, counted for those who look at it all."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.domain.overview.samples import PartitionsSample
from chatstream.settings import KafkaSettings
from infra.kafka.replicas import Replicas, all_replicas

_NAMED = 3


class KafkaCluster:
    """See chatstream.ports.overview.Cluster."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def partitions(self) -> PartitionsSample:
        """See the port."""
        return sample_of(await all_replicas(self._settings))


def sample_of(replicas: Sequence[Replicas]) -> PartitionsSample:
    """The sample of these partitions; the first few of those that are not whole are named."""
    leaderless = [each for each in replicas if each.leader < 0]
    lacking = [each for each in replicas if each.leader >= 0 and each.behind]
    nodes = sorted(set[int]().union(*(each.nodes for each in replicas)))
    return PartitionsSample(
        topics=len({each.topic for each in replicas}),
        partitions=len(replicas),
        lacking=len(lacking),
        leaderless=len(leaderless),
        brokers={node: sum(node in each.in_sync for each in replicas) for node in nodes},
        named=[f"{each.topic}/{each.partition}" for each in [*leaderless, *lacking][:_NAMED]],
    )
