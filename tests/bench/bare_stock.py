"""What the servers allow beside a rush: records produced, a row counted down, a script in Redis."""

from __future__ import annotations

import asyncio
import csv
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from aiokafka import AIOKafkaProducer

from infra.embedded.waiting import wait_until
from tests.bench.databases import OwnDatabase
from tests.bench.processes import cpu_of

CONNECTIONS = 32
REDIS = "redis-server"
_WITHIN = 30.0
_TABLE = "create table stock (id int primary key, left_over int not null) with (fillfactor = 10)"
_TAKE = "update stock set left_over = left_over - 1 where id = 1 and left_over > 0"
_SCRIPT = """
if redis.call('sadd', KEYS[2], ARGV[1]) == 0 then return -1 end
if tonumber(redis.call('get', KEYS[1])) < 1 then return 0 end
redis.call('decr', KEYS[1])
return 1
"""


@dataclass(frozen=True)
class Bare:
    """So many claims in so many seconds; the CPU seconds of the server, None where not told."""

    claims: int
    seconds: float
    cpu: float | None = None

    @property
    def rate(self) -> float:
        """Claims a second."""
        return self.claims / self.seconds


def produced(bootstrap: str, topic: str, values: Sequence[bytes], at_once: int) -> Bare:
    """Each record is sent when one of so many before it was taken by the broker. Blocks."""
    return asyncio.run(_produced(bootstrap, topic, values, at_once))


async def _produced(bootstrap: str, topic: str, values: Sequence[bytes], at_once: int) -> Bare:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=1, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, values[0], partition=0)
        left = iter(values)

        async def send() -> None:
            for value in left:
                await producer.send_and_wait(topic, value, partition=0)

        began = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(at_once)))
        return Bare(len(values), time.perf_counter() - began)
    finally:
        await producer.stop()


def counted_down(dsn: str, claims: int, stock: int) -> Bare:
    """One statement a claim, each a transaction, over so many connections. Blocks."""
    with OwnDatabase(dsn, _TABLE) as database:
        with closing(psycopg2.connect(database.dsn)) as link, link, link.cursor() as cursor:
            cursor.execute("insert into stock values (1, %s)", (stock,))
        share = claims // CONNECTIONS

        def claim(link: psycopg2.extensions.connection) -> int:
            link.autocommit = True
            with link.cursor() as cursor:
                got = 0
                for _ in range(share):
                    cursor.execute(_TAKE)
                    got += cursor.rowcount
            link.close()
            return got

        links = [psycopg2.connect(database.dsn) for _ in range(CONNECTIONS)]
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            began = time.perf_counter()
            got = sum(threads.map(claim, links))
            seconds = time.perf_counter() - began
    if got != min(stock, share * CONNECTIONS):
        raise AssertionError(f"{got} of {stock} were taken")
    return Bare(share * CONNECTIONS, seconds)


def has_redis() -> bool:
    """Whether Debian's package is installed."""
    return shutil.which(REDIS) is not None


def scripted(claims: int, accounts: int, stock: int) -> Bare:
    """A script for each claim, asked by Redis' own benchmark over so many connections. Blocks."""
    with _redis() as (socket, server):
        _ask(socket, "set", "stock", str(stock))
        digest = _ask(socket, "script", "load", _SCRIPT).strip()
        before = cpu_of(server.pid)
        load = ["-c", str(CONNECTIONS), "-n", str(claims), "-r", str(accounts), "--csv"]
        script = ["evalsha", digest, "2", "stock", "claimed", "__rand_int__"]
        told = _told(["redis-benchmark", "-s", socket, *load, *script])
        cpu = cpu_of(server.pid) - before
        left = int(_ask(socket, "get", "stock"))
        claimed = int(_ask(socket, "scard", "claimed"))
    if left != max(0, stock - claimed):
        raise AssertionError(f"{left} are left of {stock} after {claimed} claimed")
    [row] = csv.DictReader(told.splitlines())
    return Bare(claims, claims / float(row["rps"]), cpu)


@contextmanager
def _redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server that keeps what it is told once a second, as it does by default with a log."""
    with tempfile.TemporaryDirectory(prefix="chatstream-redis-") as folder:
        socket = str(Path(folder) / "redis.sock")
        command = [REDIS, "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
        server = subprocess.Popen(
            [*command, "--appendonly", "yes"], stdout=subprocess.DEVNULL, cwd=folder
        )
        try:
            wait_until(Path(socket).is_socket, _WITHIN, REDIS)
            yield socket, server
        finally:
            server.terminate()
            server.wait()


def _ask(socket: str, *words: str) -> str:
    return _told(["redis-cli", "-s", socket, *words])


def _told(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
