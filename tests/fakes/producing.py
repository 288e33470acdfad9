"""Events as agents get them, and an app whose producer remembers."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from chatstream.domain.abuse.policy import DEFAULT, Policy
from chatstream.domain.partitions import partition_of
from schemas import codec, records
from tests.fakes.producer import ProducerSpy

PARTITIONS = 8


class Producer(ProducerSpy):
    """Tells what it was given by topic."""

    def told(self, topic: str) -> list[Any]:
        """The records of a topic, in order; each must lie in the partition of its key."""
        found = [each for each in self.sent if each[0] == topic]
        assert all(place == partition_of(key.decode(), PARTITIONS) for _, key, _, place in found)
        return [codec.decode(topic, value) for _, _, value, _ in found]


def app_over(producer: Producer) -> Any:
    """What a sink needs of its app."""
    return SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=PARTITIONS))


def event_of(topic: str, record: records.Record | bytes, key: str, offset: int = 7) -> Any:
    """The record as it comes from the topic, in its key's partition."""
    value = record if isinstance(record, bytes) else records.encode(record)
    message = SimpleNamespace(
        topic=topic,
        partition=partition_of(key, PARTITIONS),
        offset=offset,
        key=key.encode(),
        value=value,
        generation_id=1,
        headers=(),
        timestamp=None,
    )
    return SimpleNamespace(value=value, key=key.encode(), message=message)


@dataclass
class FixedPolicy:
    """A policy that is known, and may be changed."""

    policy: Policy = DEFAULT

    async def known(self) -> Policy:
        return self.policy
