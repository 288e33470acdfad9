"""Which brokers have which partitions, as the cluster says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from aiokafka.errors import KafkaError

from chatstream.domain.backoff import Backoff
from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin
from infra.retrying import retried

PATIENCE = 15.0
"""Seconds: one that was asked may just have gone."""


@dataclass(frozen=True, slots=True)
class Replicas:
    """One partition: who has copies, which of these have everything, and who of them leads.

    `leader` is a node's id; below 0 when nobody leads.
    """

    topic: str
    partition: int
    leader: int
    nodes: frozenset[int]
    in_sync: frozenset[int]

    @property
    def behind(self) -> frozenset[int]:
        """The nodes whose copies lack something."""
        return self.nodes - self.in_sync


async def all_replicas(settings: KafkaSettings) -> Sequence[Replicas]:
    """Every partition of every topic, those of the brokers' own as well.

    Raises TransientFailure when no broker answers within seconds.
    """
    return await retried(partial(_ask, settings), Backoff(0.1, 0.5), within=PATIENCE)


async def _ask(settings: KafkaSettings) -> Sequence[Replicas]:
    client = PatientAdmin(bootstrap_servers=settings.bootstrap_servers)
    try:
        await client.start()
        return await described(client)
    except (KafkaError, OSError, TimeoutError) as error:
        raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await client.close()


async def described(client: PatientAdmin) -> Sequence[Replicas]:
    """What the brokers of a client that has started say; KafkaError when they do not answer."""
    return [
        Replicas(
            topic["topic"],
            each["partition"],
            each["leader"],
            frozenset(each["replicas"]),
            frozenset(each["isr"]),
        )
        for topic in await client.describe_topics()
        for each in topic["partitions"]
    ]
