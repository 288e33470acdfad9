"""The one set of servers of the tests: started by one process, used by several.

`python -m tests.run` starts it and names its folder in `CHATSTREAM_TESTS_SERVERS`; a pytest process
without that variable starts one of its own.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.embedded import gateway, shipping
from infra.embedded.attached import attach
from infra.embedded.layout import is_free
from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until

SHARED = "CHATSTREAM_TESTS_SERVERS"
SERVERS_WITHIN = 300.0  # seconds, on a machine that runs much else

# Limits of the edge that tests of many users in a minute would meet, a cheap bcrypt, and a search
# that a busy machine may take its time for: a page says that it failed, and asks no second time.
TEST_ENVIRONMENT = {
    "CHATSTREAM_ELASTIC__SEARCH_TIMEOUT": "12",  # less than the gateway waits
    "CHATSTREAM_AUTH__BCRYPT_COST": "5",
    "CHATSTREAM_COUPONS__AUDIT_INTERVAL": "2",
    "CHATSTREAM_COUPONS__AUDIT_SETTLE": "1",
    "CHATSTREAM_LIMITS__SIGNUPS_PER_MINUTE": "100000",
    "CHATSTREAM_LIMITS__MESSAGE_BURST": "100000",
    "CHATSTREAM_LIMITS__MESSAGES_PER_SECOND": "100000",
    "CHATSTREAM_LIMITS__SOCKETS_PER_ACCOUNT": "1000",
    # So that a fault of the table of members is told while the test that made it still runs.
    "CHATSTREAM_ROOMS__CHECK_INTERVAL": "1",
}


@contextmanager
def own_stack(root: Path) -> Iterator[Stack]:
    """The stack of the tests below `root`, nothing of it started; ended with the block."""
    counts = ProcessCounts({"front": 2, "front-coupon": 2, "chat": 2, "coupon": 2, "stats": 2})
    shape = StackShape(counts, TEST_ENVIRONMENT)
    with claimed_port() as port, Stack(root, port, shape) as stack:
        yield stack


@contextmanager
def three_brokers(root: Path, left_out: Collection[str] = ()) -> Iterator[Stack]:
    """A running stack of its own below `root`, with three brokers, but without these processes."""
    shape = StackShape(ProcessCounts(front=2, chat=2), TEST_ENVIRONMENT, brokers=3)
    with claimed_port() as port, Stack(root, port, shape) as stack:
        stack.start_servers()
        stack.command("migrate")
        stack.command("topics", "create")
        for name in left_out:
            stack.stop_process(name)
        workers = [each.name for each in stack.workers if each.name not in left_out]
        for started in ((shipping.NAME, *workers), (gateway.NAME,)):
            for name in started:
                stack.start_process(name)
            for name in started:
                stack.wait_ready(name)
        yield stack


def attached_stack(root: Path) -> Stack:
    """The stack that another process starts below `root`, once its databases answer."""
    found: list[Stack] = []

    def is_there() -> bool:
        try:
            found.append(attach(root))
        except ConfigurationError:
            return False
        return True

    wait_until(is_there, SERVERS_WITHIN, f"the set of servers in {root}")
    for name in found[0].servers.postgres:
        found[0].wait_ready(name, SERVERS_WITHIN)
    return found[0]


def elastic_of(stack: Stack) -> ElasticSettings:
    """Elasticsearch of the set, asked by a test that waits longer than a worker would."""
    return ElasticSettings(url=stack.elastic_url, request_timeout=60.0, search_timeout=30.0)


@contextmanager
def claimed_port() -> Iterator[int]:
    """A port whose next 60 are likely free as well, below the range the kernel hands out.

    It is no other session's on this machine, also before that one's servers listen.
    """
    for port in range(21_000, 30_000, 100):
        name = f"chatstream-tests-{os.getuid()}-{port}.lock"
        with (Path(tempfile.gettempdir()) / name).open("w") as lock:
            if _is_ours(lock) and is_free(port):
                yield port
                return
    raise RuntimeError("no free ports")


def _is_ours(lock: IO[str]) -> bool:
    """Take the lock, which goes with the file; False when another process has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
