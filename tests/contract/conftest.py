"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chatstream.settings import PostgresSettings, Settings
from infra.postgres.databases import chat_databases
from tests.contract.chat_rig import Chat


@pytest.fixture
async def chat(postgres_chat: dict[str, str]) -> AsyncIterator[Chat]:
    databases = chat_databases(Settings(postgres=PostgresSettings(chat=postgres_chat)))
    await databases.open()
    yield Chat(databases)
    await databases.close()
