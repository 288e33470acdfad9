"""The services of a stack as programs: how many, what each is told by its environment."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatstream.settings import PostgresSettings
from infra.embedded.gateway import LOCAL_HSTS_SECONDS
from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program
from infra.embedded.serving import SECOND
from schemas.catalogue import POOLS, SERVICES, service_of
from schemas.services import CONTENT, STATS

TOGETHER = "quiet"
"""The program of the services that share one."""

STOP_SECONDS = 30
"""A front closes its sockets over some seconds, and then ends the requests under way."""

_POOLS = frozenset(pool.name for pool in POOLS)

ProcessCounts = dict[str, int]
"""How many processes of a service there are, by its name.

One where nothing is said, of an optional one none.
"""


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """One worker of a service; a front has a second one, see `infra.embedded.serving`.

    `host`: the program that it shares with others.
    """

    name: str
    service: str
    is_second: bool = False
    host: str = ""

    @property
    def process(self) -> str:
        """Whose port and folder of tables it has."""
        return self.name + SECOND if self.is_second else self.name

    @property
    def program(self) -> str:
        """What the supervisor calls the program that it is, or is in."""
        return self.host or self.process


def workers(counts: Mapping[str, int], *, is_together: bool = False) -> list[WorkerProcess]:
    """All workers: `chat-1`, `chat-2`, …; a service that is single has no number in its name.

    `is_together`: quiet services with one worker each share a program.
    """
    found: list[WorkerProcess] = []
    for service in SERVICES:
        name = service.name
        if service.is_optional and not counts.get(name):
            continue
        numbers = range(1, counts.get(name, 1) + 1)
        names = [name] if service.is_single else [f"{name}-{n}" for n in numbers]
        host = TOGETHER if is_together and service.is_quiet and len(names) == 1 else ""
        found.extend(WorkerProcess(each, name, host=host) for each in names)
    return found


def hosts(found: Iterable[WorkerProcess]) -> dict[str, str]:
    """The program of each worker that shares one, by the worker's name."""
    return {each.name: each.host for each in found if each.host}


def programs(found: Iterable[WorkerProcess]) -> list[str]:
    """The programs that these workers are, each once."""
    return list(dict.fromkeys(each.program for each in found))


def public_url(port: int, host: str = LOOPBACK, *, tls: bool) -> str:
    """An address of the gateway, as browsers of this machine use it."""
    return f"{'https' if tls else 'http'}://{host}:{port}"


def places(found: Sequence[WorkerProcess]) -> list[WorkerProcess]:
    """All processes that these workers may be: each front's replacements have a second place."""
    return [*found, *(replace(each, is_second=True) for each in found if each.service in _POOLS)]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where everything of a stack is.

    `dsns` are libpq strings by lineage and name of the database; `ports` the workers' web ports.
    """

    public_port: int
    bootstrap: str
    dsns: Mapping[str, Mapping[str, str]]
    elastic_url: str
    ports: Mapping[str, int] = field(default_factory=dict)
    tls: bool = False

    @property
    def base_url(self) -> str:
        """The public address, through the gateway."""
        return public_url(self.public_port, tls=self.tls)

    def worker_url(self, name: str) -> str:
        """The web address of one worker, past the gateway."""
        return f"http://{LOOPBACK}:{self.ports[name]}"


def shared_environment(
    layout: Layout, endpoints: Endpoints, names: Sequence[str]
) -> dict[str, str]:
    """What every process of the stack is told; `names` are all of its workers."""
    port, tls = endpoints.public_port, endpoints.tls
    origins = [public_url(port, host, tls=tls) for host in (LOOPBACK, "localhost")]
    stats, content = (
        [endpoints.worker_url(name) for name in names if name.startswith(f"{each.name}-")]
        for each in (STATS, CONTENT)
    )
    postgres = PostgresSettings.of(endpoints.dsns)
    return {
        "CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS": endpoints.bootstrap,
        "CHATSTREAM_POSTGRES__AUTH": postgres.auth,
        "CHATSTREAM_POSTGRES__CHAT": json.dumps(postgres.chat),
        "CHATSTREAM_POSTGRES__OTHERS": json.dumps(postgres.others),
        "CHATSTREAM_ELASTIC__URL": endpoints.elastic_url,
        "CHATSTREAM_WEB__PUBLIC_URL": endpoints.base_url,
        "CHATSTREAM_WEB__ALLOWED_ORIGINS": json.dumps(origins),
        "CHATSTREAM_WEB__HSTS_SECONDS": str(LOCAL_HSTS_SECONDS),
        "CHATSTREAM_AUTH__KEYS_DIR": str(layout.keys.resolve()),
        "CHATSTREAM_STATS__WORKERS": json.dumps(stats),
        "CHATSTREAM_FEED__WORKERS": json.dumps(content),
        "FAUST_LOOP": "uvloop",
        "PYTHONUNBUFFERED": "1",
    }


def worker_environment(
    layout: Layout, endpoints: Endpoints, worker: WorkerProcess
) -> dict[str, str]:
    """What one worker is told beside the shared part."""
    own = {"CHATSTREAM_WEB__UNIX_SOCKET": str(layout.web_socket(worker.process))}
    return {
        **(own if worker.service in _POOLS else {}),
        "CHATSTREAM_SERVICE": worker.service,
        "CHATSTREAM_WORKER": worker.name,
        "CHATSTREAM_KAFKA__STATIC_MEMBERSHIP": "true",
        "CHATSTREAM_DATA_DIR": str(layout.data(worker.process).resolve()),
        "CHATSTREAM_LOG_LEVEL": os.environ.get("CHATSTREAM_LOG_LEVEL", "INFO"),
        "CHATSTREAM_WEB__PORT": str(endpoints.ports[worker.process]),
    }


def passed_through(environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's own settings that a stack does not decide: limits, batches, passwords' cost."""
    groups = (
        "CHATSTREAM_LIMITS__",
        "CHATSTREAM_BATCH__",
        "CHATSTREAM_TRACES__",
        "CHATSTREAM_AUTH__BCRYPT_COST",
    )
    return {name: value for name, value in environment.items() if name.startswith(groups)}


def service_programs(
    found: Iterable[WorkerProcess], environment: Callable[[str], Mapping[str, str]], clone: Path
) -> list[Program]:
    """The workers as the supervisor runs them; `environment` is that of a process, by its name."""
    sharing: dict[str, list[WorkerProcess]] = defaultdict(list)
    for each in found:
        sharing[each.program].append(each)
    return [
        _program(name, [(each.service, environment(each.process)) for each in members], clone)
        for name, members in sharing.items()
    ]


def _program(name: str, members: Sequence[tuple[str, Mapping[str, str]]], clone: Path) -> Program:
    service, environment = members[0]
    guests = {guest: _guest(own) for guest, own in members[1:]}
    told = {"CHATSTREAM_GUESTS": json.dumps(guests)} if guests else {}
    return Program(
        name,
        [sys.executable, "-m", "chatstream", "worker", service, *guests],
        clone,
        {**environment, **told},
        stop_seconds=STOP_SECONDS,
        niceness=service_of(service).niceness,
    )


def _guest(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        "worker": environment["CHATSTREAM_WORKER"],
        "data_dir": environment["CHATSTREAM_DATA_DIR"],
        "port": environment["CHATSTREAM_WEB__PORT"],
    }
