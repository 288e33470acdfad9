"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatstream.settings import PostgresSettings, Settings
from infra.postgres.databases import chat_databases
from infra.postgres.pool import Database
from tests.contract.chat_rig import Chat
from tests.contract.content_rig import ContentRig
from tests.contract.coupon_rig import Rig


@pytest.fixture
async def chat(postgres_chat: dict[str, str]) -> AsyncIterator[Chat]:
    databases = chat_databases(Settings(postgres=PostgresSettings(chat=postgres_chat)))
    await databases.open()
    yield Chat(databases)
    await databases.close()


@pytest.fixture
async def coupon_database(postgres_coupon: str) -> AsyncIterator[Database]:
    database = Database("coupon", postgres_coupon, PostgresSettings())
    await database.fetch(
        "truncate lines, settled_wishes, accounts, mutes, claim_clocks, campaigns, slices,"
        " campaign_facts, claim_facts, coupons, campaign_audits"
    )
    yield database
    await database.close()


@pytest.fixture
async def content_database(postgres_content: str) -> AsyncIterator[Database]:
    database = Database("content", postgres_content, PostgresSettings())
    yield database
    await database.close()


@pytest.fixture
def contents(content_database: Database) -> ContentRig:
    return ContentRig(content_database)


@pytest.fixture
def coupons(coupon_database: Database) -> Rig:
    return Rig(coupon_database)
