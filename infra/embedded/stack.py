"""A whole stack: servers, services and gateway under one supervisor; for `run`, tests and bench.

All methods block; from asynchronous code call them in the main thread before the loop, or through
`asyncio.to_thread` (the thread that calls `start_servers` must live as long as the stack: the
supervisor ends with it).
"""

from __future__ import annotations

import os
import shlex
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from chatstream.errors import ConfigurationError
from infra.embedded import cache, gateway, servers, shipping
from infra.embedded.answering import answers
from infra.embedded.cache import Say
from infra.embedded.command import CLONE, run_command
from infra.embedded.downloads import ensure_programs
from infra.embedded.gateway import Gateway, GatewaySettings
from infra.embedded.instance import InstanceLock
from infra.embedded.laid import require_laid_for
from infra.embedded.layout import Layout, choose_ports, require_free
from infra.embedded.servers import Servers, create_servers, prepare_all
from infra.embedded.services import (
    Endpoints,
    WorkerProcess,
    hosts,
    passed_through,
    places,
    programs,
    public_url,
    service_programs,
    shared_environment,
    worker_environment,
    workers,
)
from infra.embedded.serving import Serving
from infra.embedded.shape import PLAIN, StackShape
from infra.embedded.sheet import Sheet
from infra.embedded.shipping import Shipping
from infra.embedded.supervision import ProgramGroup, Supervisor, signal_tree
from infra.embedded.waiting import wait_until
from schemas.catalogue import POOLS
from schemas.services import Service

MIN_FREE_BYTES = 2 * 2**30
READY_SECONDS = 300.0
"""Long: a first start on a busy machine with two cores takes a minute and more."""


def silent(_: str) -> None:
    """Say nothing."""


class Stack:
    """Everything of one ChatStream below `root`, at the public port `port`.

    Leaving the `with` block stops all that was started.
    """

    def __init__(
        self,
        root: Path,
        port: int,
        shape: StackShape = PLAIN,
        say: Say = silent,
    ) -> None:
        self.layout = Layout(root.resolve())
        self.port = port
        self.shape = replace(shape, extra_env={**passed_through(os.environ), **shape.extra_env})
        self.workers = workers(shape.counts, is_together=shape.is_together)
        self.places: Sequence[WorkerProcess] = places(self.workers)
        self.serving = Serving(self.layout, hosts(self.workers))
        self._say = say
        self._given_up = threading.Event()
        self._lock = InstanceLock(self.layout)
        self._supervisor: Supervisor | None = None
        self._servers: Servers | None = None
        self._endpoints: Endpoints | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The public address, through the gateway."""
        return public_url(self.port, tls=self.shape.tls)

    @property
    def servers(self) -> Servers:
        """The servers; raises ConfigurationError before `start_servers`."""
        if self._servers is None:
            raise ConfigurationError("the servers of this stack were not started")
        return self._servers

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is; raises ConfigurationError before `start_servers`."""
        if self._endpoints is None:
            raise ConfigurationError("the servers of this stack were not started")
        return self._endpoints

    @property
    def bootstrap(self) -> str:
        """Kafka's `host:port`, of three brokers joined by commas."""
        return self.servers.brokers.bootstrap

    @property
    def dsns(self) -> dict[str, str]:
        """The libpq strings by name of the database: `auth`, `chat-0`, `chat-1`."""
        return {name: dsn for each in self.servers.dsns.values() for name, dsn in each.items()}

    @property
    def elastic_url(self) -> str:
        """Elasticsearch's address."""
        return self.servers.elasticsearch.url

    def env(self, name: str | None = None) -> dict[str, str]:
        """The settings of one process (`chat-1`, `front-auth`), or what all have in common."""
        names = [worker.name for worker in self.workers]
        extra = dict(self.shape.extra_env)
        shared = shared_environment(self.layout, self.endpoints, names)
        shared |= self.servers.brokers.environment | extra
        if name is None:
            return shared
        worker = next(worker for worker in self.places if worker.process == name)
        return shared | worker_environment(self.layout, self.endpoints, worker) | extra

    def start_servers(self, only: Iterable[str] | None = None) -> None:
        """Install if needed, start the servers and wait until each answers a real request.

        `only` leaves out the servers whose names are not in it.
        Raises ConfigurationError with a clear message for a running stack, a full disk, a taken
        port or a server that does not come up; then nothing is left running.
        """
        try:
            lock = self._lock.acquire(self.base_url)
            self._begin(lock)
            for names in self.servers.brokers.in_turns([*(only or self.servers.by_name())]):
                self._start(names)
        except BaseException:
            self.stop()
            raise

    def _begin(self, lock: int) -> None:
        self.layout.create()
        self.serving.reset()
        cache.require_space(self.layout.root, MIN_FREE_BYTES, "ChatStream")
        require_free(self.port)
        require_laid_for(self.layout, self.shape.brokers)
        ports = self._ports()
        self._place(ports)
        self.servers.brokers.lay()
        prepare_all([*self.servers.by_name().values(), self.gateway(), self._shipping()])
        self.servers.brokers.note_whole()
        self._supervisor = Supervisor(self.layout, self._groups())
        self._supervisor.start(lock)
        Sheet(self.port, ports, self.shape).write(self.layout)

    def _ports(self) -> dict[str, int]:
        """A free port for each process that needs one, as others find them on the sheet."""
        own = [worker.process for worker in self.places]
        return choose_ports(self.port, servers.port_names(self.shape.brokers), own)

    def _place(self, ports: Mapping[str, int]) -> None:
        """Say where everything is; starts nothing."""
        programs = ensure_programs(self._say)
        self._servers = create_servers(
            self.layout, programs, ports, self.shape.brokers, self.shape.counts
        )
        self._endpoints = Endpoints(
            self.port,
            self.bootstrap,
            self.servers.dsns,
            self.elastic_url,
            ports,
            self.shape.tls,
        )

    def _groups(self) -> list[ProgramGroup]:
        stores = [server.program() for server in self.servers.by_name().values()]
        return [
            ProgramGroup("servers", 100, stores),
            # Ended after those whose last lines it carries, before the broker that takes them.
            ProgramGroup("shipping", 300, [self._shipping().program()]),
            ProgramGroup("services", 500, service_programs(self.places, self.env, CLONE)),
            ProgramGroup("gateway", 900, [self.gateway().program()]),
        ]

    def _shipping(self) -> Shipping:
        return Shipping(
            self.layout,
            self.bootstrap,
            programs(self.places),
            CLONE,
            {"PYTHONUNBUFFERED": "1"},
            [*self.servers.brokers.by_name()],
            [*self.servers.postgres],
        )

    def gateway(self) -> Gateway:
        """The gateway before the fronts; raises ConfigurationError before `start_servers`."""

        def places(pool: Service) -> list[Path]:
            named = [worker.name for worker in self.workers if worker.service == pool.name]
            return [self.layout.web_socket(self.serving.process_of(name)) for name in named]

        pools = {pool.name: places(pool) for pool in POOLS}
        return Gateway(self.layout, GatewaySettings(self.port, pools, self.shape.tls))

    @property
    def supervisor(self) -> Supervisor:
        """The supervisor; raises ConfigurationError if it does not run."""
        if self._supervisor is None:
            raise ConfigurationError("this stack does not run")
        return self._supervisor

    def _start(self, names: Iterable[str]) -> None:
        for name in names:
            self.start_process(name)
        self._wait_all(names)

    def _wait_all(self, names: Iterable[str]) -> None:
        waiting = list(names)
        self._say(f"waiting for {', '.join(waiting)} …")
        self._given_up.clear()
        with ThreadPoolExecutor(len(waiting)) as executor:
            try:
                futures = [executor.submit(self._wait_and_say, name) for name in waiting]
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._given_up.set()
                raise

    def _wait_and_say(self, name: str) -> None:
        seconds = self.wait_ready(name)
        self._say(f"  {name} is ready ({seconds:.1f} s)")

    def wait_ready(self, name: str, seconds: float = READY_SECONDS) -> float:
        """Wait until one process answers a real request; returns the seconds it took."""
        check = self._check(name)

        def ready() -> bool:
            if self._given_up.is_set():
                raise ConfigurationError(f"{name} is no longer waited for")
            if not self.supervisor.is_alive():
                raise ConfigurationError(f"the supervisor ended while {name} was starting")
            return check()

        return wait_until(ready, seconds, name, f"; see {self.serving.log_of(name)}")

    def _check(self, name: str) -> Callable[[], bool]:
        if (server := self.servers.by_name().get(name)) is not None:
            return server.is_ready
        if name == shipping.NAME:
            return self._shipping().is_ready
        if name == gateway.NAME:
            return lambda: self.gateway().answers("/readyz")
        inside = [each.name for each in self.workers if each.program == name] or [name]
        ports = [self.endpoints.ports[self.serving.process_of(each)] for each in inside]
        return lambda: all(answers(port, "/readyz") for port in ports)

    def start_services(self) -> None:
        """Create databases' tables and topics, start services and gateway, wait for each."""
        try:
            self._command_all(("migrate",), ("topics", "create"))
            self._say(f"logs are carried by {shipping.told()}")
            self._start([shipping.NAME, *programs(self.workers)])
            self._start([gateway.NAME])
        except BaseException:
            self.stop()
            raise

    def _command_all(self, *commands: Sequence[str]) -> None:
        with ThreadPoolExecutor(len(commands)) as executor:
            for done in [executor.submit(self.command, *words) for words in commands]:
                done.result()

    def command(self, *arguments: str) -> str:
        """Run a `chatstream` command with this stack's settings; returns what it printed.

        Raises ConfigurationError with the end of its output if it fails.
        """
        self._say(f"chatstream {' '.join(arguments)} …")
        return run_command(arguments, self.command_environment())

    def command_environment(self) -> dict[str, str]:
        """The settings of a command; what it keeps for itself is in the stack's folder."""
        return {**self.env(), "CHATSTREAM_DATA_DIR": str(self.layout.data("commands").resolve())}

    def write_environment(self) -> str:
        """Write the settings of commands to `var/run/env.sh`, for a shell; returns the text."""
        found = self.command_environment()
        text = "".join(f"export {name}={shlex.quote(found[name])}\n" for name in found)
        file = self.layout.run / "env.sh"
        file.write_text(text)
        file.chmod(0o600)
        return text

    def pid(self, name: str) -> int:
        """The process id of one running process; 0 if it does not run."""
        return self.supervisor.pid(self.serving.program_of(name))

    def kill(self, name: str) -> None:
        """End one process and its children with SIGKILL; the supervisor starts it again."""
        process = psutil.Process(self.pid(name))
        signal_tree(process.pid, signal.SIGKILL)
        wait_until(lambda: self.pid(name) != process.pid, 30, f"the end of {name}")

    def pause(self, name: str) -> None:
        """Stop one process and its children from running (SIGSTOP) until `resume`."""
        signal_tree(self.pid(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused process go on (SIGCONT)."""
        signal_tree(self.pid(name), signal.SIGCONT)

    def stop_process(self, name: str) -> None:
        """End one process cleanly; it stays down until `start_process`."""
        self.supervisor.stop_program(self.serving.program_of(name))

    def start_process(self, name: str) -> None:
        """Start a process that was ended; `wait_ready` tells when it answers."""
        self.supervisor.start_program(self.serving.program_of(name))

    def stop(self) -> None:
        """End gateway, services and servers, in this order. Leaves no process; idempotent."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
        self._lock.release()
