"""A broker of its own with workers: what is made up for them reaches nobody else."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chatstream.settings import PostgresSettings, load_settings
from infra.embedded import kafka
from infra.embedded.layout import is_free
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from infra.postgres.migrate import migrate
from tables.stats import VERSION
from tests.bench.databases import OwnDatabase
from tests.bench.lag import end_offsets
from tests.bench.processes import memory_of

WORKERS = ("stats-1", "stats-2")
STATS = ProcessCounts(stats=len(WORKERS))
PARTITIONS = 8
READY_WITHIN = 900.0
TABLES = ("word_counts", "word_windows", "room_word_counts", "watched_words", "chat_added")


def changelog(table: str) -> str:
    """The topic that Faust keeps for a table."""
    return f"chatstream-stats-v{VERSION}-{table}-changelog"


@dataclass(frozen=True)
class Live:
    """The stack and what is asked of it; no worker runs at first."""

    stack: Stack

    def get(self, worker: str, path: str) -> Any:
        """The worker's JSON, None when it does not answer."""
        url = self.stack.endpoints.worker_url(worker) + path
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
                return json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return None

    def is_complete(self, worker: str) -> bool:
        """Whether the worker answers for every partition."""
        found = self.get(worker, "/internal/words?top=1")
        return found is not None and bool(found["complete"])

    def start(self, worker: str, *, fresh: bool = False) -> float:
        """Start a worker, without its data if `fresh`; the seconds until an answer is complete."""
        if fresh:
            shutil.rmtree(self.stack.layout.data(worker), ignore_errors=True)
        self.stack.start_process(worker)
        return self.until_complete(worker)

    def memory(self, worker: str) -> int:
        """Resident bytes of a worker."""
        return memory_of(self.stack.pid(worker))

    def until_complete(self, worker: str) -> float:
        """The seconds from now until the worker answers for every partition."""
        return wait_until(lambda: self.is_complete(worker), READY_WITHIN, f"{worker}'s tables")

    def produce(self, topic: str, records: Iterable[tuple[int, bytes | None, bytes]]) -> None:
        """Write (partition, key, value) records, and wait for the broker; blocks."""
        asyncio.run(_produce(self.stack.bootstrap, topic, records))

    def written(self, tables: Sequence[str]) -> dict[str, int]:
        """How many records the changelog of each table has ever had; blocks."""
        return asyncio.run(_ends(self.stack.bootstrap, tables))


async def _produce(
    bootstrap: str, topic: str, records: Iterable[tuple[int, bytes | None, bytes]]
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_batch_size=128 * 1024)
    await producer.start()
    try:
        batches = {partition: producer.create_batch() for partition in range(PARTITIONS)}
        for partition, key, value in records:
            while batches[partition].append(timestamp=None, key=key, value=value) is None:
                await producer.send_batch(batches[partition], topic, partition=partition)
                batches[partition] = producer.create_batch()
        for partition, batch in batches.items():
            if batch.record_count():
                await producer.send_batch(batch, topic, partition=partition)
    finally:
        await producer.stop()


async def _ends(bootstrap: str, tables: Sequence[str]) -> dict[str, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found = {}
        for table in tables:
            places = [TopicPartition(changelog(table), n) for n in range(PARTITIONS)]
            found[table] = sum((await consumer.end_offsets(places)).values())
        return found
    finally:
        await consumer.stop()


@contextmanager
def live_stack(
    beside: Stack,
    counts: ProcessCounts = STATS,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Live]:
    """Kafka and two stats workers, the databases on the servers of the stack beside it.

    `counts`: other workers; `more` variables of theirs.
    """
    port = next(port for port in range(beside.port + 100, 65_000, 100) if is_free(port))
    with ExitStack() as stack_of:
        enter = stack_of.enter_context
        postgres = PostgresSettings.of(
            {
                lineage: {name: enter(OwnDatabase(dsn)).dsn for name, dsn in [*each.items()][:1]}
                for lineage, each in beside.servers.dsns.items()
            }
        )
        environment = {
            "CHATSTREAM_POSTGRES__AUTH": postgres.auth,
            "CHATSTREAM_POSTGRES__CHAT": json.dumps(postgres.chat),
            "CHATSTREAM_POSTGRES__OTHERS": json.dumps(postgres.others),
            # The facts are in no database: a recount would find them all wrong.
            "CHATSTREAM_STATS__CHECK_INTERVAL": "0",
        }
        root = Path(enter(tempfile.TemporaryDirectory(prefix="chatstream-live-")))
        stack = enter(Stack(root, port, StackShape(counts, {**environment, **more})))
        stack.start_servers([kafka.NAME])
        migrate(load_settings(postgres=postgres))
        stack.command("topics", "create")
        # Topics that were just made have no leader for a moment, in which writes fail and repeat.
        end_offsets(stack)
        yield Live(stack)
