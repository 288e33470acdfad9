"""The partitions of the whole cluster, counted for those who look at it all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError

from chatstream.domain.overview.samples import PartitionsSample
from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin
from infra.kafka.replicas import Replicas, described

_NAMED = 3


class KafkaCluster:
    """See chatstream.ports.overview.Cluster; the connection stays, since it is asked again soon."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._servers = settings.bootstrap_servers
        self._admin: Any = None
        self._turn = asyncio.Lock()

    async def partitions(self) -> PartitionsSample:
        """See the port."""
        async with self._turn:
            try:
                if self._admin is None:
                    self._admin = PatientAdmin(bootstrap_servers=self._servers)
                    await self._admin.start()
                return sample_of(await described(self._admin))
            except (KafkaError, OSError) as error:
                await self.close()
                raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
            except asyncio.CancelledError:
                await self.close()
                raise

    async def close(self) -> None:
        """End the connection; the next question makes a new one."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await admin.close()


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
