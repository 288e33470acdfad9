"""What is said of a topic that is there, as several brokers answer for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chatstream.errors import ConfigurationError
from chatstream.settings import KafkaSettings
from infra.kafka.topics import TopicAdmin
from schemas.catalogue import TOPICS

PARTITIONS = 2


class Client:
    """A cluster in which every topic has `copies`, and one that does not know it yet answers."""

    def __init__(self, copies: int, *, knows: bool = True) -> None:
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

    async def describe_configs(self, _asked: object) -> list[Any]:
        entries = [("cleanup.policy", "delete")] if self._knows else []
        rows = [(0, "", 2, spec.name, entries) for spec in TOPICS]
        return [SimpleNamespace(resources=rows)]


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


async def test_a_broker_that_does_not_know_a_new_topic_yet_is_no_crash() -> None:
    states = await (await admin(Client(1, knows=False), 1)).states()
    assert {state.problem for state in states} == {"has cleanup.policy unknown, it must be delete"}
