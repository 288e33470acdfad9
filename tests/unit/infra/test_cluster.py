"""The partitions of a cluster, counted."""

from __future__ import annotations

from infra.kafka.cluster import sample_of
from infra.kafka.replicas import Replicas

ALL = frozenset({1, 2, 3})


def replicas(topic: str, partition: int, leader: int, *in_sync: int) -> Replicas:
    return Replicas(topic, partition, leader, ALL, frozenset(in_sync))


def test_partitions_are_counted_and_those_that_are_not_whole_are_named() -> None:
    sample = sample_of(
        [
            replicas("a", 0, 1, 1, 2, 3),
            replicas("a", 1, 1, 1, 2),
            replicas("b", 0, -1, 1),
            replicas("b", 1, 2, 1, 2),
        ]
    )
    assert (sample.topics, sample.partitions) == (2, 4)
    assert (sample.lacking, sample.leaderless) == (2, 1)
    assert sample.brokers == {1: 4, 2: 3, 3: 1}
    assert list(sample.named) == ["b/0", "a/1", "b/1"]
