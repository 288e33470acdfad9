"""The role of an operator on a real Postgres."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from chatstream.ports.accounts import AccountWish
from chatstream.settings import PostgresSettings
from infra.postgres.accounts import PostgresAccountReader, PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.operators import PostgresOperators
from infra.postgres.pool import Database
from infra.postgres.sessions import PostgresSessions
from schemas.contexts.accounts import ACCOUNT
from tests.fakes.accounts import FakeHandleKey


@pytest.fixture
async def database(postgres_auth: str) -> AsyncIterator[Database]:
    database = Database("auth", postgres_auth, PostgresSettings())
    await database.fetch("truncate accounts, handles, account_facts, lines, sessions cascade")
    yield database
    await database.close()


@pytest.fixture
async def account_id(database: Database) -> str:
    wish = AccountWish(0, str(uuid4()), str(uuid4()), "minsu", "민수", "hash")
    lines = LineEpochs(database, ACCOUNT.response.name)
    await PostgresAccounts(database, lines, FakeHandleKey()).carry_out(1, [wish])
    return wish.account_id


async def test_the_role_is_given_and_listed(database: Database, account_id: str) -> None:
    operators = PostgresOperators(database)
    assert await operators.operators() == []
    assert await operators.add("minsu")
    assert await operators.add("minsu")
    assert [one.user_id for one in await operators.operators()] == ["minsu"]
    account = await PostgresAccountReader(database).account(account_id)
    assert account is not None
    assert account.role == "operator"


async def test_a_renewed_login_has_the_role(database: Database, account_id: str) -> None:
    sessions, token = PostgresSessions(database, 600), secrets.token_bytes(32)
    await sessions.open(str(uuid4()), account_id, token)
    await PostgresOperators(database).add("minsu")
    rotation = await sessions.rotate(token, [secrets.token_bytes(32)])
    assert rotation.account is not None
    assert rotation.account.role == "operator"


async def test_taking_the_role_ends_every_login_of_the_account(
    database: Database, account_id: str
) -> None:
    sessions, operators = PostgresSessions(database, 600), PostgresOperators(database)
    sids = {str(uuid4()), str(uuid4())}
    for sid in sids:
        await sessions.open(sid, account_id, secrets.token_bytes(32))
    await operators.add("minsu")
    ended = await operators.remove("minsu")
    assert ended is not None
    assert {one.sid for one in ended} == sids
    assert await operators.remove("minsu") == []
    assert await operators.operators() == []
    await operators.announced(ended)
    assert await database.fetch("select 1 from sessions where announced_at is null") == []


async def test_an_unknown_account_is_told(database: Database) -> None:
    operators = PostgresOperators(database)
    assert not await operators.add("nobody")
    assert await operators.remove("nobody") is None
