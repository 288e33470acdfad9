"""What is measured of the pools of connections: how many work, and how long one is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client import Counter, Histogram

from chatstream.errors import Fenced, PoisonMessage, TransientFailure
from infra.metrics import ReadGauge, Sample

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

WAITED = Histogram(
    "chatstream_pool_wait_seconds",
    "until a connection of the pool was there, a new one made included",
    ["database"],
    buckets=_BUCKETS,
)
USED = Histogram(
    "chatstream_pool_use_seconds",
    "for which a connection was held: a statement, or a transaction with all of its own",
    ["database"],
    buckets=_BUCKETS,
)
FAILURES = Counter(
    "chatstream_pool_failures",
    "statements and waits that ended in an error, by what it means",
    ["database", "reason"],
)


class PoolLoad(Protocol):
    """A pool as it is told of."""

    name: str

    @property
    def size_limit(self) -> int:
        """Connections at most."""
        ...

    def connections(self) -> tuple[int, int]:
        """(held by somebody, open and free)."""
        ...


def _connections(pool: PoolLoad) -> Iterator[Sample]:
    used, free = pool.connections()
    yield (pool.name, "used"), used
    yield (pool.name, "free"), free


CONNECTIONS: ReadGauge[PoolLoad] = ReadGauge(
    "chatstream_pool_connections",
    "open connections to a database",
    ["database", "state"],
    _connections,
)
LIMIT: ReadGauge[PoolLoad] = ReadGauge(
    "chatstream_pool_connections_limit",
    "connections to a database at most",
    ["database"],
    lambda pool: [((pool.name,), pool.size_limit)],
)


class PoolMetrics:
    """Those of one database, looked up once."""

    __slots__ = ("used", "waited")

    def __init__(self, database: str) -> None:
        self.waited = WAITED.labels(database)
        self.used = USED.labels(database)


def failed(database: str, error: Exception) -> None:
    """A statement, or the wait for a connection, ended in this error of ours."""
    reason = {TransientFailure: "away", PoisonMessage: "refused", Fenced: "fenced"}[type(error)]
    FAILURES.labels(database, reason).inc()
