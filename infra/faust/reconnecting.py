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
- Whoever is silent is waited for until the limit of a request, and who connects to it holds up all
  other connections, since a client makes one at a time. Here the metadata is asked for while a
  node owes an answer, of others than that node; once the cluster does not name it any more, its
  connections are closed, and what waited there goes where the cluster says.
- Only who was named in the last answer is asked again. When all but one were away for a moment,
  that is one; and when it goes the client knows nobody, although all others are back. Here the
  servers of the settings are asked when nobody else answers (as KIP-899 has it), and the cluster is
  asked now and then while it names fewer brokers than the settings.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Collection, Hashable
from contextvars import ContextVar
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.conn import CloseReason, create_conn
from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.protocol.metadata import MetadataRequest

from chatstream.domain.backoff import Backoff
from infra.faust.frames import read_frames
from infra.faust.silences import Silences
from infra.pacing import to_common_moment
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

_Offsets = dict[TopicPartition, int]

INTERVAL = 0.1
FIRST = 0.1
MOST = 0.5
# Seconds between two looks for silent nodes, for a connection, and for an answer about the cluster.
LOOK = 0.5
CONNECT_WITHIN = 5.0
METADATA_WITHIN = 3.0
# Seconds in which an admin client looks for a broker that lets it in.
ASK_WITHIN = 30.0
# Seconds between two questions while brokers are missing.
MISSING_EVERY = 5.0

_asks_for_metadata: ContextVar[bool] = ContextVar("asks_for_metadata", default=False)


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

    def nodes(self) -> set[object]:
        """Who refused when it was tried last."""
        return {*self._backoffs}

    def seconds(self, node: object) -> float:
        """From now until the node is asked again; 0 of one that has not refused."""
        return max(0.0, self._until.get(node, -math.inf) - self._clock())


class PatientClient(AIOKafkaClient):  # type: ignore[misc]  # aiokafka has no types
    """A client that waits before it asks again, and not for ever for an answer.

    Made of another one by `make_patient`.
    """

    refusals: Refusals
    silences: Silences
    _request_timeout_ms: float
    _asked = 0.0
    _looking: asyncio.Task[None] | None = None

    async def bootstrap(self) -> None:
        """Ask the servers that were named, each for a few seconds at most, until one answers."""
        within: float = self._request_timeout_ms
        self._request_timeout_ms = min(within, CONNECT_WITHIN * 1000)
        try:
            await super().bootstrap()
        finally:
            self._request_timeout_ms = within
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def close(self) -> None:
        """Close every connection."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
            self._looking = None
        await super().close()

    async def _look(self) -> None:
        while True:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(to_common_moment(LOOK, now))  # a loop wakes up for all its clients
            self.silences.look({link: _state(conn) for link, conn in self._conns.items()})
            silent = self.silences.nodes()
            self._leave(silent)
            if silent or self._lacks_brokers():
                self.force_metadata_update()

    def _lacks_brokers(self) -> bool:
        """Whether fewer are known than were named, and nobody was asked for a while."""
        is_short = len(self.cluster.brokers()) < len(self.hosts)
        return is_short and time.monotonic() - self._asked > MISSING_EVERY

    def _leave(self, silent: set[Hashable]) -> None:
        """Close what there is to silent nodes that the cluster does not name any more."""
        for (node, _), conn in [*self._conns.items()]:
            if node in silent and self.cluster.broker_metadata(node) is None:
                log.warning("node %s is silent, and has been left", node)
                conn.close(reason=CloseReason.CONNECTION_TIMEOUT)

    def _known(self) -> list[Any]:
        return [broker.nodeId for broker in self.cluster.brokers()]

    def _answering(self) -> list[Any]:
        """The known nodes that owe nothing and let one in."""
        doubtful = self.silences.nodes() | self.refusals.nodes()
        return [node for node in self._known() if node not in doubtful]

    def get_random_node(self) -> Any:
        """One of the nodes that answer, or any, if none does; None when no node is known."""
        return random.choice(self._answering() or self._known() or [None])  # noqa: S311

    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> Any:
        wait = self._asked + INTERVAL - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._asked = time.monotonic()
        return await self._ask_known(cluster_metadata, topics) or (
            len(self.hosts) > 1 and await self._ask_named(cluster_metadata, topics)
        )

    async def _ask_known(self, cluster_metadata: Any, topics: Any) -> bool:
        """Whether one of the nodes that the cluster had named has told how it is now."""
        within = METADATA_WITHIN if len(self.hosts) > 1 else None
        token = _asks_for_metadata.set(True)
        try:
            async with asyncio.timeout(within):
                found: bool = await super()._metadata_update(cluster_metadata, topics)
                return found
        except TimeoutError:
            log.warning("no answer about the cluster in %s s", within)
            cluster_metadata.failed_update(None)
            return False
        finally:
            _asks_for_metadata.reset(token)

    async def _ask_named(self, cluster_metadata: Any, topics: Any) -> bool:
        """Whether one of the servers of the settings has; who refused, or is silent, is last."""
        nodes = self.cluster.brokers()
        silent = {(n.host, n.port) for n in nodes if n.nodeId in self.silences.nodes()}
        places = [(host, port) for host, port, _ in self.hosts]
        for place in sorted(places, key=lambda each: (self.refusals.seconds(each), each in silent)):
            host, port = place
            if seconds := self.refusals.seconds(place):
                await asyncio.sleep(seconds)
            try:
                async with asyncio.timeout(METADATA_WITHIN):
                    answer = await self._answer_of(host, port, topics)
            except (OSError, KafkaError, TimeoutError) as error:
                log.debug("%s:%s tells nothing about the cluster: %r", host, port, error)
                self.refusals.refused(place)
                continue
            self.refusals.answered(place)
            if answer.brokers:
                cluster_metadata.update_metadata(answer)
                return True
        return False

    async def _answer_of(self, host: str, port: int, topics: Any) -> Any:
        link = await create_conn(
            host,
            port,
            client_id=self._client_id,
            request_timeout_ms=METADATA_WITHIN * 1000,
            security_protocol=self._security_protocol,
            ssl_context=self._ssl_context,
            sasl_mechanism=self._sasl_mechanism,
            sasl_plain_username=self._sasl_plain_username,
            sasl_plain_password=self._sasl_plain_password,
        )
        try:
            return await link.send(MetadataRequest(list(topics) if topics else None))
        finally:
            link.close()

    async def _get_conn(
        self, node_id: Any, *, group: Any = ConnectionGroup.DEFAULT, no_hint: bool = False
    ) -> Any:
        if _asks_for_metadata.get() and node_id in self._passed_over():
            return None
        link = self._conns.get((node_id, group))
        if link is not None and link.connected():
            return link
        if seconds := self.refusals.seconds(node_id):
            await asyncio.sleep(seconds)
        found = await self._connected(node_id, group, no_hint=no_hint)
        if found is None:
            self.refusals.refused(node_id)
        else:
            self.refusals.answered(node_id)
            read_frames(found)
        return found

    def _passed_over(self) -> set[Hashable]:
        """The nodes that are not asked about the cluster, since there are others to ask.

        Of a cluster whose controllers are away all nodes are named that were there, and asking one
        that refuses takes its back-off.
        """
        if self._answering() or len(self.hosts) > 1:
            return self.silences.nodes() | self.refusals.nodes()
        return set()

    async def _connected(self, node_id: Any, group: Any, *, no_hint: bool) -> Any:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                return await super()._get_conn(node_id, group=group, no_hint=no_hint)
        except TimeoutError:
            log.warning("node %s lets nobody in", node_id)
            self.force_metadata_update()
            return None


def _state(conn: Any) -> tuple[int | None, float]:
    """The number of what the connection was asked first and owes (or None), its last answer."""
    return (conn._requests[0][0] if conn._requests else None), conn._last_action


def make_patient(client: Any) -> None:
    """From now on this client, which has not started, is patient.

    Producers and consumers make theirs themselves and offer no way to give them another.
    """
    client.__class__ = PatientClient
    client.refusals = Refusals()
    client.silences = Silences()


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types
    """A consumer with a patient client; asks where many topics lie at once.

    aiokafka's learns of one unknown topic a round, a tenth of a second each, so that the first
    question about all of a program's topics took as many seconds as a caller waits.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_patient(self._client)

    async def beginning_offsets(self, partitions: Collection[TopicPartition]) -> _Offsets:
        """See AIOKafkaConsumer."""
        await self._learn(partitions)
        found: _Offsets = await super().beginning_offsets(partitions)
        return found

    async def end_offsets(self, partitions: Collection[TopicPartition]) -> _Offsets:
        """See AIOKafkaConsumer."""
        await self._learn(partitions)
        found: _Offsets = await super().end_offsets(partitions)
        return found

    async def _learn(self, partitions: Collection[TopicPartition]) -> None:
        known: set[str] = set(self._client._topics)
        topics = {each.topic for each in partitions}
        if topics - known:
            await self._client.set_topics(known | topics)


class PatientAdmin(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka has no types
    """An admin client with a patient client; asks again what nobody was reached for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_patient(self._client)

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        """Where any broker will do, another one when one lets nobody in: nothing was sent to it."""
        ask = partial(super()._send_request, request, node_id)
        if node_id is not None:
            return await ask()
        told = warn(log, "asking any broker")
        return await retried(
            ask, Backoff(FIRST, MOST), on=NodeNotReadyError, within=ASK_WITHIN, told=told
        )


async def await_broker(servers: str) -> None:
    """Return when one of the servers answers; waits, for ever if need be.

    A process that starts would else end, and start, and end again all through an outage: each
    start takes more of the processor than a broker that starts can spare, and seconds after it.
    """
    told = warn(log, "looking for the broker")
    await retried(lambda: _bootstrap(servers), Backoff(FIRST, MOST), on=KafkaError, told=told)


async def _bootstrap(servers: str) -> None:
    client = AIOKafkaClient(bootstrap_servers=servers)
    make_patient(client)
    try:
        await client.bootstrap()
    finally:
        await client.close()
