"""Fixtures of all levels: one shared set of real servers, and one whole stack on top of it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import psycopg2
import pytest

from chatstream.settings import PostgresSettings, load_settings
from infra.embedded import postgres as postgres_servers
from infra.embedded.stack import Stack
from infra.postgres.migrate import migrate
from tests.folders import server_folder
from tests.servers import SERVERS_WITHIN, SHARED, attached_stack, own_stack

if TYPE_CHECKING:
    from playwright.async_api import Browser

# How fast an example runs decides nothing: the machine may be busy.
hypothesis.settings.register_profile(
    "chatstream",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("chatstream")

# Cheap checks first; what kills processes last, when nothing else needs them.
LEVELS = ("unit", "contract", "integration", "e2e", "faults", "operate", "compose", "soak")

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.hookimpl(tryfirst=True)  # before `-m` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the running services, and order the tests by level."""
    tests = Path(__file__).parent

    def level(item: pytest.Item) -> int:
        name = item.path.relative_to(tests).parts[0]
        return LEVELS.index(name) if name in LEVELS else 0

    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")
    if wrong := [item.nodeid for item in items if level(item) < 2 and _is_marked(item)]:
        raise pytest.UsageError(f"a test of this level uses no service: {wrong[0]}")
    items.sort(key=level)


def _is_marked(item: pytest.Item) -> bool:
    return item.get_closest_marker("stack") is not None


@dataclass(frozen=True)
class Dsns:
    """libpq connection strings of freshly migrated databases, by lineage and name."""

    lineages: dict[str, dict[str, str]]

    @property
    def auth(self) -> str:
        return self.lineages["auth"]["auth"]

    @property
    def chat(self) -> dict[str, str]:
        return self.lineages["chat"]

    @property
    def settings(self) -> PostgresSettings:
        return PostgresSettings.of(self.lineages)


@pytest.fixture(scope="session")
def _stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    if SHARED in os.environ:
        yield attached_stack(Path(os.environ[SHARED]))
        return
    with server_folder(request, "tests") as root, own_stack(root) as stack:
        stack.start_servers(postgres_servers.SERVERS)
        yield stack


@pytest.fixture(scope="session")
def servers(_stack: Stack) -> Stack:
    """Real Kafka, Postgres and Elasticsearch: `bootstrap`, `dsns`, `elastic_url`."""
    slow = [name for name in _stack.servers.by_name() if name not in postgres_servers.SERVERS]
    for name in slow:
        _stack.start_process(name)
    for name in slow:
        _stack.wait_ready(name, SERVERS_WITHIN)
    return _stack


@pytest.fixture(scope="session")
def postgres(_stack: Stack) -> Dsns:
    """Databases of the tests' own, beside those of the stack; the other servers are not needed."""
    dsns = Dsns(
        {
            lineage: {name: _own_database(name, dsn) for name, dsn in databases.items()}
            for lineage, databases in _stack.servers.dsns.items()
        }
    )
    migrate(load_settings(postgres=dsns.settings))
    return dsns


def _own_database(name: str, dsn: str) -> str:
    """A fresh database of this process on the server of another."""
    own = f"test-{os.getpid()}-{name}"
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'create database "{own}"')
    connection.close()
    return " ".join(
        part if not part.startswith("dbname=") else f"dbname={own}" for part in dsn.split()
    )


@pytest.fixture(scope="session")
def postgres_auth(postgres: Dsns) -> str:
    return postgres.auth


@pytest.fixture(scope="session")
def postgres_friend(postgres: Dsns) -> str:
    return postgres.lineages["friend"]["friend"]


@pytest.fixture(scope="session")
def postgres_coupon(postgres: Dsns) -> str:
    return postgres.lineages["coupon"]["coupon"]


@pytest.fixture(scope="session")
def postgres_content(postgres: Dsns) -> str:
    return postgres.lineages["content"]["content"]


@pytest.fixture(scope="session")
def postgres_chat(postgres: Dsns) -> dict[str, str]:
    return postgres.chat


@pytest.fixture(scope="session")
def stack(servers: Stack) -> Stack:
    """The whole stack: two fronts, two workers each of chat, coupon and stats, the rest once."""
    servers.start_services()
    return servers


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """The public address, through the gateway."""
    return stack.base_url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium; each test opens contexts of its own."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_ARGUMENTS)
        )
        yield chromium
        await chromium.close()
