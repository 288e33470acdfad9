"""The allow-list: each column is one of the migrations, has a reason, and is nobody's secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.connect.connectors import connector, database_of, name_of
from schemas.cdc import CAPTURED, Captured, Forgets

MIGRATIONS = Path(__file__).parents[2] / "infra" / "postgres" / "migrations"

NEVER = {
    "password_hash": "a credential",
    "token_hash": "a credential",
    "user_id": "the handle",
    "name": "a person's name, or what people called a room",
    "body": "what people wrote",
    "settings": "chosen by people",
    "mentions": "whom people wrote of",
    "peers": "accounts that an erasure does not reach there",
    "owner_id": "an account that an erasure does not reach there",
}
"""Columns that no table may have here, and why."""

NO_TABLE = {"sessions", "refresh_tokens", "login_attempts", "handles", "account_facts", "profiles"}
NO_TABLE |= {"room_facts", "saved_messages", "operators", "told_signups"}


def columns_of(table: Captured) -> set[str]:
    """What the migrations give a table."""
    folder = MIGRATIONS / table.lineage.name
    found: set[str] = set()
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text()
        for body in re.findall(rf"create table {table.table} \((.*?)\n\)", text, re.DOTALL):
            found |= set(re.findall(r"^    (\w+) (?!key)", body, re.MULTILINE))
        for body in re.findall(rf"alter table {table.table}\b(.*?);", text, re.DOTALL):
            found |= set(re.findall(r"add column (\w+)", body))
    return found


def ours(table: Captured) -> set[str]:
    """What the reporting database has of it."""
    text = (MIGRATIONS / "reporting" / "0001_rows.sql").read_text()
    (body,) = re.findall(rf"create table {table.table} \((.*?)\n\)", text, re.DOTALL)
    return set(re.findall(r"^    (\w+) (?!key)", body, re.MULTILINE))


@pytest.mark.parametrize("table", CAPTURED, ids=lambda each: each.table)
def test_a_column_is_there_with_a_reason_and_kept(table: Captured) -> None:
    assert table.columns.keys() <= columns_of(table)
    assert all(table.columns.values())
    assert ours(table) == {*table.columns, "source", "commit_lsn", "lsn", "gone_at"}
    assert set(table.key) <= table.columns.keys()


@pytest.mark.parametrize("table", CAPTURED, ids=lambda each: each.table)
def test_no_secret_no_text_and_no_name_is_allowed(table: Captured) -> None:
    assert table.table not in NO_TABLE
    assert not NEVER.keys() & table.columns.keys()


@pytest.mark.parametrize("table", CAPTURED, ids=lambda each: each.table)
def test_what_names_an_account_is_reached_by_its_erasure(table: Captured) -> None:
    assert {each for each in table.columns if "account" in each} <= {"account_id"}
    assert ("account_id" in table.columns) == (table.forgets is not None)
    if table.forgets is Forgets.ACCOUNT:
        assert "account_id" not in table.key, "a key cannot be blank"


def test_a_connector_includes_exactly_the_allow_list() -> None:
    told = connector(
        "chat", "chat-0", "host=/run/pg port=5432 dbname=chat_0", password="", replication=1
    )
    allowed = [each for each in CAPTURED if each.lineage.name == "chat"]
    assert told["table.include.list"] == ",".join(rf"public\.{each.table}" for each in allowed)
    columns = {rf"public\.{each.table}\.{name}" for each in allowed for name in each.columns}
    assert set(told["column.include.list"].split(",")) == columns
    assert told["publication.autocreate.mode"] == "disabled"
    assert told["driver.socketFactoryArg"] == "/run/pg/.s.PGSQL.5432"
    assert "database.password" not in told


def test_a_connector_reaches_a_database_by_the_network_with_a_password_that_it_looks_up() -> None:
    told = connector(
        "auth",
        "auth",
        "host=postgres-auth user=chatstream dbname=auth",
        password="${dir:/run/secrets:cdc}",
        replication=3,
    )
    assert (told["database.hostname"], told["database.port"]) == ("postgres-auth", "5432")
    assert told["database.password"] == "${dir:/run/secrets:cdc}"
    assert told["database.user"] != "chatstream"
    assert "driver.socketFactory" not in told


def test_a_connector_is_named_after_its_database() -> None:
    assert database_of(name_of("chat-0")) == "chat-0"
    with pytest.raises(ValueError, match="no connector of ours"):
        database_of("other-chat-0")
