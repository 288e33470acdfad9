"""What is said of a topic that is there, as several brokers answer for it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import GroupCoordinatorNotAvailableError

from chatstream.errors import ConfigurationError
from chatstream.settings import KafkaSettings
from infra.kafka.topics import TopicAdmin
from schemas.catalogue import TOPICS
from schemas.streams import TopicSpec

PARTITIONS = 2


class Client:
    """A cluster in which every topic has `copies`, and one that does not know it yet answers."""

    def __init__(self, copies: int, *, knows: bool = True, times: bool = True) -> None:
        self._times = times
        self._copies = copies
        self._knows = knows

    async def list_topics(self) -> list[str]:
        return [spec.name for spec in TOPICS]

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        partitions = [
            {"partition": number, "replicas": list(range(self._copies))}
            for number in range(PARTITIONS)
        ]
        return [{"topic": name, "partitions": partitions} for name in names]

    def _entries(self, spec: TopicSpec) -> list[tuple[str, str]]:
        times = "LogAppendTime" if spec.timed_by_broker and self._times else "CreateTime"
        known = [("cleanup.policy", "delete"), ("message.timestamp.type", times)]
        return known if self._knows else []

    async def describe_configs(self, _asked: object) -> list[Any]:
        rows = [(0, "", 2, spec.name, self._entries(spec)) for spec in TOPICS]
        return [SimpleNamespace(resources=rows)]


class LateGroups(Client):
    """A cluster whose partitions for groups get their leaders one answer after another."""

    def __init__(self, leaders: Sequence[Sequence[int]]) -> None:
        super().__init__(1)
        self._leaders = list(leaders)
        self.asked = 0

    async def find_coordinator(self, _group: str) -> int:
        self.asked += 1
        if self.asked == 1:
            raise GroupCoordinatorNotAvailableError
        return 1

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        if names != ["__consumer_offsets"]:
            return await super().describe_topics(names)
        leaders = self._leaders.pop(0)
        return [{"partitions": [{"partition": n, "leader": w} for n, w in enumerate(leaders)]}]


async def admin(client: Client, replication: int) -> TopicAdmin:
    made: Any = TopicAdmin(KafkaSettings(partitions=PARTITIONS, replication=replication))
    made._client = client
    found: TopicAdmin = made
    return found


async def test_topics_with_all_their_copies_are_right() -> None:
    await (await admin(Client(3), 3)).check()


async def test_a_topic_with_fewer_copies_than_the_settings_say_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="with 1 copies, the settings say 3"):
        await (await admin(Client(1), 3)).check()


async def test_a_topic_whose_times_are_its_producers_is_refused_where_they_decide() -> None:
    states = await (await admin(Client(1, times=False), 1)).states()
    assert {state.spec.name: state.problem for state in states if state.problem} == {
        "kakao.coupon.claim.REQUEST": (
            "has message.timestamp.type CreateTime, it must be LogAppendTime"
        )
    }


async def test_a_broker_that_does_not_know_a_new_topic_yet_is_no_crash() -> None:
    states = await (await admin(Client(1, knows=False), 1)).states()
    assert {state.problem for state in states} == {"has cleanup.policy unknown, it must be delete"}


async def test_topics_are_there_once_each_group_has_a_coordinator() -> None:
    client = LateGroups([[], [-1, 1], [1, 1]])
    assert await (await admin(client, 1)).create() == []
    assert client.asked == 4
