"""After a migration each database has the functions of `infra/postgres/functions/`, no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (a class)

from chatstream.settings import load_settings
from infra.postgres.migrate import live_functions, migrate
from tests.conftest import Dsns

DEFINITIONS = """
select p.proname, replace(pg_get_functiondef(p.oid), %(schema)s || '.', '')
from pg_proc p where p.pronamespace = %(schema)s::regnamespace
    and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by p.proname, p.oid
"""


@pytest.fixture(params=["auth", "friend", "coupon", "content", "chat-0", "chat-1"])
def database(request: pytest.FixtureRequest, postgres: Dsns) -> Iterator[tuple[str, Cursor]]:
    dsn = {n: dsn for each in postgres.lineages.values() for n, dsn in each.items()}[request.param]
    connection = psycopg2.connect(dsn)
    with connection.cursor() as cursor:
        yield request.param.partition("-")[0], cursor
    connection.close()


def definitions(cursor: Cursor, schema: str = "public") -> list[tuple[str, str]]:
    cursor.execute(DEFINITIONS, {"schema": schema})
    return cursor.fetchall()


def from_files(cursor: Cursor, files: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the files make where there is nothing; the transaction is never committed."""
    cursor.execute("create schema live; set local search_path = live, public")
    cursor.execute("set local check_function_bodies = off;" + "\n".join(files.values()))
    return definitions(cursor, "live")


def test_a_database_has_the_live_functions_and_no_others(database: tuple[str, Cursor]) -> None:
    lineage, cursor = database
    assert definitions(cursor) == from_files(cursor, live_functions(lineage))


def migrate_again(dsns: Dsns) -> None:
    migrate(load_settings(postgres=dsns.settings))


def test_changed_files_replace_what_is_there_and_the_same_ones_do_nothing(
    postgres: Dsns, database: tuple[str, Cursor]
) -> None:
    lineage, cursor = database
    live = definitions(cursor)
    other = live_functions(lineage)["claim_lines"].replace("epoch + 1", "epoch + 2")
    cursor.execute(other)
    cursor.connection.commit()
    migrate_again(postgres)  # the revision is that of the files: nothing to do
    assert definitions(cursor) != live
    cursor.execute("insert into function_revisions (revision) values ('of other files')")
    cursor.connection.commit()
    migrate_again(postgres)
    assert definitions(cursor) == live
