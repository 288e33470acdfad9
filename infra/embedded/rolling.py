"""New processes in the place of those of a running stack, one after another, under load.

A worker of a group is stopped and started: by its name it takes its partitions up again, and the
others go on (`infra.faust.membership`). Fronts are never away: all replacements are ready and in
the gateway's pool before the first of the former ends, so that a socket that is closed cannot come
to a front that is still to be replaced.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from chatstream.errors import ConfigurationError
from infra.embedded import gateway, shipping
from infra.embedded.answering import answers
from infra.embedded.attached import attach
from infra.embedded.captured import CapturedStack
from infra.embedded.layout import Layout
from infra.embedded.services import WorkerProcess, programs
from infra.embedded.serving import other_place
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from schemas.catalogue import POOLS, SERVICES
from schemas.services import LOG, REPORTING

Say = Callable[[str], None]
FRONTS = tuple(pool.name for pool in POOLS)
NAMES = (*(service.name for service in SERVICES), shipping.NAME, gateway.NAME)
"""What can be replaced, by its name; the servers are not."""
READY_SECONDS = 120.0
RELOAD_SECONDS = 20.0


def in_turn(workers: Sequence[WorkerProcess], services: Collection[str]) -> list[str]:
    """The programs with these services that are stopped and started, in their order.

    Those of `log` come first: it must know the facts of a new version before anybody tells them.
    """
    named = [each for each in workers if each.service in services and each.service not in FRONTS]
    return programs(sorted(named, key=lambda each: each.service != LOG.name))


def restart(root: Path, names: Collection[str], say: Say) -> None:
    """Bring databases and topics to this version, then replace these, or all of `NAMES`.

    Where changes are captured Connect, which is no more replaced than the servers, gets its
    connectors anew behind the service that reads what they tell. Raises ConfigurationError when no
    stack runs there, when another restart is under way, or when a replacement does not become
    ready: then the processes that are left serve on.
    """
    stack = attach(root)
    with _alone(stack.layout):
        for words in (("migrate",), ("topics", "create")):
            say(f"chatstream {' '.join(words)} …")
            stack.command(*words)
        Rolling(stack, say).replace(names or NAMES)
        if isinstance(stack, CapturedStack) and REPORTING.name in (names or NAMES):
            stack.give_connectors()
            say("  the connectors are given anew")


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    with (layout.run / "restart.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(f"another restart is under way in {layout.root}") from error
        yield


class Rolling:
    """Replaces processes of one running stack, and says of each how long it took."""

    def __init__(self, stack: Stack, say: Say) -> None:
        self._stack = stack
        self._say = say

    def replace(self, names: Collection[str]) -> None:
        """Replace what these name; workers before fronts, which ask what workers must know."""
        stack = self._stack
        for name in in_turn(stack.workers, names):
            self._in_its_place(name)
        if shipping.NAME in names:
            self._in_its_place(shipping.NAME)
        fronts = [worker.name for worker in stack.workers if worker.service in {*names} & {*FRONTS}]
        if fronts:
            self._beside(fronts)
        elif gateway.NAME in names:
            self.reload()

    def _in_its_place(self, name: str) -> None:
        began = time.monotonic()
        self._stack.stop_process(name)
        ended = time.monotonic()
        self._stack.start_process(name)
        self._stack.wait_ready(name, READY_SECONDS)
        took = time.monotonic() - ended
        self._say(f"  {name} is replaced (ended in {ended - began:.1f} s, ready in {took:.1f} s)")

    def _beside(self, names: Sequence[str]) -> None:
        serving = self._stack.serving
        former = {name: serving.process_of(name) for name in names}
        fresh = {name: other_place(process) for name, process in former.items()}
        try:
            for name, process in fresh.items():
                self._start_fresh(name, process)
            self._lead_to(fresh, former)
        except BaseException:
            for process in fresh.values():
                self._stack.supervisor.stop_program(process)
            raise
        for name, process in former.items():
            began = time.monotonic()
            self._stack.supervisor.stop_program(process)
            self._say(f"  {name} of before has ended ({time.monotonic() - began:.1f} s)")

    def _start_fresh(self, name: str, process: str) -> None:
        supervisor, port = self._stack.supervisor, self._stack.endpoints.ports[process]
        supervisor.stop_program(process)  # left by a restart that was cut short
        supervisor.start_program(process)
        hint = f"; see {self._stack.layout.log_file(process)}"
        took = wait_until(lambda: answers(port, "/readyz"), READY_SECONDS, process, hint)
        self._say(f"  a new {name} is ready ({took:.1f} s)")

    def _lead_to(self, fresh: Mapping[str, str], former: Mapping[str, str]) -> None:
        self._stack.serving.lead_to(fresh)
        try:
            self.reload()
        except BaseException:
            self._stack.serving.lead_to(former)
            raise

    def reload(self) -> None:
        """nginx with the pools and the certificate of now; returns when it takes by them.

        Raises ConfigurationError when it refuses the file: it goes on with that of before.
        """
        self._stack.gateway().prepare()
        supervisor = self._stack.supervisor
        before = taking(supervisor.pid(gateway.NAME))
        supervisor.signal_program(gateway.NAME, "HUP")

        def is_led() -> bool:
            now = taking(supervisor.pid(gateway.NAME))
            return bool(now) and not now & before

        took = wait_until(is_led, RELOAD_SECONDS, "the gateway's reload")
        self._say(f"  the gateway is reloaded ({took:.1f} s)")


def taking(master: int) -> set[int]:
    """The nginx workers of this master that take connections; not those that only finish."""
    found = set()
    for child in psutil.Process(master).children():
        try:
            told = " ".join(child.cmdline())
        except psutil.NoSuchProcess:
            continue
        if told.startswith("nginx: worker process") and "shutting down" not in told:
            found.add(child.pid)
    return found
