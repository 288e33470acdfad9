"""What is asked of a cluster of several brokers to know where all groups are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import NotCoordinatorForGroupError
from aiokafka.protocol.admin import DescribeGroupsResponse_v2, ListGroupsResponse_v2

from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.group_admin import (
    CommitsAnswer,
    CommitsFetching,
    GroupAdmin,
    GroupsDescribing,
)
from infra.kafka.groups import KafkaGroups

BROKERS = (1, 2, 3)
TOPIC = "kakao.test"
MOVED = NotCoordinatorForGroupError.errno


class Cluster(GroupAdmin):
    """`groups` of each broker, each with a commit in partition 0; `moved` are another's by now."""

    def __init__(
        self, groups: Mapping[int, Sequence[str]], moved: Collection[str] = (), commit: int = 0
    ) -> None:
        self._groups = groups
        self._moved = moved
        self._commit = commit
        self.asked: Counter[tuple[int, str]] = Counter()
        self.is_closed = False

    async def close(self) -> None:
        self.is_closed = True

    async def _get_cluster_metadata(self, topics: list[str] | None = None) -> Any:
        partitions: list[Any] = [
            (0, number, 1 if number == 0 else -1, [], []) for number in range(2)
        ]
        return SimpleNamespace(
            brokers=[(each, "", 0, None) for each in BROKERS],
            topics=[(0, TOPIC, False, partitions)],
        )

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        assert node_id is not None
        self.asked[node_id, type(request).__name__] += 1
        if isinstance(request, GroupsDescribing):
            told: list[Any] = [
                (self._code(each), each, "Empty", "consumer", "", []) for each in request._groups
            ]
            return DescribeGroupsResponse_v2(0, told)
        if isinstance(request, CommitsFetching):
            partitions: list[Any] = [(0, 7, -1, None, self._commit, {}), (1, 8, -1, None, 0, {})]
            topics: list[Any] = [(TOPIC, partitions, {})]
            answer = CommitsAnswer(0, [(each, topics, 0, {}) for each in request._groups], {})
            return CommitsAnswer.decode(BytesIO(answer.encode()))
        return ListGroupsResponse_v2(0, 0, [(each, "consumer") for each in self._groups[node_id]])

    def _code(self, group: str) -> int:
        return MOVED if group in self._moved else 0


class Ends:
    """Every partition that is asked for begins at 5 and ends at 9."""

    def __init__(self) -> None:
        self.asked = 0

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[Any, int]:
        self.asked += 1
        return dict.fromkeys(places, 5)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[Any, int]:
        self.asked += 1
        return dict.fromkeys(places, 9)

    async def stop(self) -> None:
        return


def reader(cluster: Cluster, ends: Ends | None = None, groups: str = ".*") -> KafkaGroups:
    made = KafkaGroups(KafkaSettings(), groups)
    made._admin, made._consumer = cluster, ends or Ends()
    return made


MANY = {1: [f"a{n}" for n in range(30)], 2: ["b"], 3: []}


async def test_all_groups_of_a_broker_are_asked_for_together() -> None:
    cluster, ends = Cluster(MANY), Ends()
    found = await reader(cluster, ends).positions()
    assert {each.group for each in found} == {*MANY[1], "b"}
    assert set(cluster.asked.values()) == {1}
    # Who coordinates none is asked for none.
    assert len(cluster.asked) == 3 + 2 + 2
    assert ends.asked == 2


async def test_groups_that_are_not_watched_are_not_asked_for() -> None:
    cluster = Cluster(MANY)
    assert [each.group for each in await reader(cluster, groups="b").positions()] == ["b"]
    assert len(cluster.asked) == 3 + 2


async def test_a_partition_without_a_leader_is_left_out() -> None:
    (found,) = await reader(Cluster({1: ["a"], 2: [], 3: []})).positions()
    assert {place: each.committed for place, each in found.positions.items()} == {(TOPIC, 0): 7}


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param(Cluster({1: ["a"], 2: ["b"], 3: []}, moved=["b"]), id="moved"),
        pytest.param(Cluster({1: ["a"], 2: [], 3: []}, commit=MOVED), id="no commit"),
    ],
)
async def test_what_a_broker_does_not_tell_is_no_sample_and_all_is_asked_anew(
    cluster: Cluster,
) -> None:
    groups = reader(cluster)
    with pytest.raises(TransientFailure, match="NotCoordinatorForGroupError"):
        await groups.positions()
    assert cluster.is_closed
