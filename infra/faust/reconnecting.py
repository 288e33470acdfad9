"""aiokafka clients that bear an outage of the broker: they keep what waits, and ask in moderation.

Of aiokafka 0.14, each while the broker is away or starts:

- Whoever wants a connection tries at once and ten times a second after that: the metadata, each
  fetch, each heartbeat. Of a front with a dozen connections, and of the workers beside it, that
  takes the processor from the broker that is trying to start. Here a node that refused is left
  alone for a moment: longer each time, up to `MOST`, and never in step with others, so that
  clients which lost it together do not come back together.
- Partitions without a leader make the sender and the fetcher ask for metadata as soon as an
  answer is there. Here two questions are `INTERVAL` apart.
- A batch that waited longer than a request may take is failed when its partition has no leader,
  which is so in the first moment of a broker that is back. It has been given a sequence number by
  then, so that the broker refuses all that follows: after a long outage each producer was of no
  use any more, and the workers had to end. Here batches never expire. What waits is bounded all
  the same: one batch a partition, and callers wait as long as they like.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import KafkaError

from chatstream.domain.backoff import Backoff
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

INTERVAL = 0.1
FIRST = 0.1
MOST = 0.5


class Refusals:
    """How long each node that refused a connection is left alone, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._backoffs: dict[object, Backoff] = {}
        self._until: dict[object, float] = {}

    def refused(self, node: object) -> None:
        """A connection to the node could not be made."""
        backoff = self._backoffs.setdefault(node, Backoff(FIRST, MOST))
        self._until[node] = self._clock() + backoff.wait()

    def answered(self, node: object) -> None:
        """The node is there."""
        self._backoffs.pop(node, None)
        self._until.pop(node, None)

    def seconds(self, node: object) -> float:
        """From now until the node is asked again; 0 of one that has not refused."""
        return max(0.0, self._until.get(node, -math.inf) - self._clock())


class PatientClient(AIOKafkaClient):  # type: ignore[misc]  # aiokafka has no types
    """A client that waits before it asks again; made of another one by `make_patient`."""

    refusals: Refusals
    _asked = 0.0

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> Any:
        wait = self._asked + INTERVAL - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._asked = time.monotonic()
        return await super()._metadata_update(cluster_metadata, topics)

    async def _get_conn(
        self, node_id: Any, *, group: Any = ConnectionGroup.DEFAULT, no_hint: bool = False
    ) -> Any:
        link = self._conns.get((node_id, group))
        if link is not None and link.connected():
            return link
        if seconds := self.refusals.seconds(node_id):
            await asyncio.sleep(seconds)
        found = await super()._get_conn(node_id, group=group, no_hint=no_hint)
        if found is None:
            self.refusals.refused(node_id)
        else:
            self.refusals.answered(node_id)
        return found


def make_patient(client: Any) -> None:
    """From now on this client, which has not started, is patient.

    Producers and consumers make theirs themselves and offer no way to give them another.
    """
    client.__class__ = PatientClient
    client.refusals = Refusals()


class PatientProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """A producer with a patient client that keeps what it was given until the broker has it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_patient(self.client)
        self._message_accumulator._batch_ttl = math.inf


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer with a patient client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_patient(self._client)


async def await_broker(servers: str) -> None:
    """Return when one of the servers answers; waits, for ever if need be.

    A process that starts would else end, and start, and end again all through an outage: each
    start takes more of the processor than a broker that starts can spare, and seconds after it.
    """
    told = warn(log, "looking for the broker")
    await retried(lambda: _bootstrap(servers), Backoff(FIRST, MOST), on=KafkaError, told=told)


async def _bootstrap(servers: str) -> None:
    client = AIOKafkaClient(bootstrap_servers=servers)
    try:
        await client.bootstrap()
    finally:
        await client.close()
