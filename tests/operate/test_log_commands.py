"""`chatstream log` on a stack of its own: everything there is compared, and made anew.

What it is about lies in Postgres alone; the log service runs, and never saw a record of it.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chatstream.domain.dictionary import WordLists
from chatstream.domain.documents import MESSAGES
from chatstream.domain.generations import Generation
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings, KafkaSettings, PostgresSettings, Settings
from infra.elastic.client import connect
from infra.embedded.layout import is_free
from infra.embedded.stack import Stack
from infra.postgres.databases import Databases, chat_databases
from tables.followed import generations
from tests.contract.chat_rig import GENERATION, Chat, say
from tests.folders import server_folder

pytestmark = pytest.mark.operate

LISTS = WordLists(frozenset({"아아메"}), frozenset({"커피"}))
TEXT = "아아메를 커피처럼"
COUNT = 12


@pytest.fixture(scope="module")
def log_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Servers, templates, databases and topics; no service."""
    port = next(port for port in range(18_500, 20_900, 100) if is_free(port))
    with server_folder(request, "commands") as root, Stack(root, port) as stack:
        stack.start_servers()
        stack.command("migrate")
        stack.command("topics", "create")
        yield stack


@pytest.fixture
async def databases(log_stack: Stack) -> AsyncIterator[Databases]:
    chat = {name: dsn for name, dsn in log_stack.dsns.items() if name.startswith("chat")}
    databases = chat_databases(Settings(postgres=PostgresSettings(chat=chat)))
    await databases.open()
    yield databases
    await databases.close()


async def said(chat: Chat) -> str:
    """A room in which as much was said."""
    room_id, owner = await chat.make_room()
    wishes = [say(room_id, owner, TEXT) for _ in range(COUNT)]
    await chat.messages(room_id).carry_out(GENERATION, wishes)
    return room_id


async def bodies(stack: Stack, dataset: str) -> list[dict[str, Any]]:
    async with connect(ElasticSettings(url=stack.elastic_url)) as client:
        await client.indices.refresh(index=f"{dataset}-*", allow_no_indices=True)
        found = await client.search(index=f"{dataset}-*", size=10_000)
        return [hit["_source"] for hit in found["hits"]["hits"]]


async def let_serve(stack: Stack, lists: WordLists) -> None:
    """Tables that count by these lists serve from now on."""
    kafka = KafkaSettings(bootstrap_servers=stack.bootstrap)
    for record in (
        generations.dictionary_record(1, lists),
        generations.plan_record(Generation(1, 1)),
        generations.activation_record(1, None),
    ):
        assert (await generations.write(kafka, record))[1]


async def test_what_is_missing_is_told_made_anew_and_right_then(
    log_stack: Stack, databases: Databases
) -> None:
    assert "the search is right" in log_stack.command("log", "verify")
    chat = Chat(databases)
    rooms = {await said(chat) for _ in range(4)}
    with pytest.raises(ConfigurationError, match=f"{4 * COUNT} documents differ"):
        log_stack.command("log", "verify", "--patience", "0")
    room_id = random.choice([*rooms])
    with pytest.raises(ConfigurationError, match=f"room {room_id} message 1: missing"):
        log_stack.command("log", "verify", "--patience", "0", "--room", room_id)
    await let_serve(log_stack, LISTS)
    assert "1 months were made anew" in log_stack.command("log", "rebuild")
    assert "the search is right" in log_stack.command("log", "verify")
    found = await bodies(log_stack, MESSAGES)
    assert {body["chatstream"]["room"]["id"] for body in found} == rooms
    assert len(found) == 4 * COUNT
    # By the dictionary that serves.
    assert {tuple(body["chatstream"]["message"]["words"]) for body in found} == {("아아메",)}
