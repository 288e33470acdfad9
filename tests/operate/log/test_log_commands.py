"""`chatstream log`: everything there is compared, and made anew.

The first of those on this stack, whose log is right until then. What it is about lies in Postgres
alone; the log service runs, and never saw a record of it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chatstream.domain.dictionary import WordLists
from chatstream.domain.documents import EVENTS, MESSAGES
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings, PostgresSettings, Settings
from infra.elastic.client import connect
from infra.embedded.stack import Stack
from infra.postgres.databases import Databases, chat_databases
from tests.client.metrics import samples, total
from tests.client.waiting import eventually
from tests.contract.chat_rig import GENERATION, Chat, say
from tests.operate.laid import VariedStack
from tests.operate.log.rig import COMPARING, let_serve

pytestmark = pytest.mark.operate

LISTS = WordLists(frozenset({"아아메"}), frozenset({"커피"}))
TEXT = "아아메를 커피처럼"
COUNT = 12
WITHIN = 120.0
"""More than twice the patience of a worker's comparison, in seconds."""


@pytest.fixture(scope="module")
def comparing(log_stack: VariedStack) -> Iterator[VariedStack]:
    """The stack with a worker that compares every second."""
    log_stack.start_workers(COMPARING)
    yield log_stack
    log_stack.stop_process(COMPARING)


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


async def test_what_is_missing_is_told_made_anew_and_right_then(
    log_stack: Stack, databases: Databases
) -> None:
    assert "the log is right" in log_stack.command("log", "verify")
    chat = Chat(databases)
    rooms = {await said(chat) for _ in range(4)}
    count = 4 * COUNT
    with pytest.raises(ConfigurationError, match=rf"{count} facts have no event\n(?s:.)*differ"):
        log_stack.command("log", "verify", "--patience", "0")
    room_id = random.choice([*rooms])
    with pytest.raises(ConfigurationError, match=f"room {room_id} message 1: missing"):
        log_stack.command("log", "verify", "--patience", "0", "--room", room_id)
    await let_serve(log_stack, LISTS)
    told = log_stack.command("log", "rebuild")
    assert "1 months were made anew" in told
    assert f"{count + 4} events were missing and are created" in told
    assert "the log is right" in log_stack.command("log", "verify")
    found = await bodies(log_stack, MESSAGES)
    assert {body["chatstream"]["room"]["id"] for body in found} == rooms
    assert len(found) == count
    # By the dictionary that serves.
    assert {tuple(body["chatstream"]["message"]["words"]) for body in found} == {("아아메",)}
    events = Counter(body["event"]["action"] for body in await bodies(log_stack, EVENTS))
    assert (events["messageStored"], events.total()) == (count, count + len(rooms))
    assert "0 events were missing" in log_stack.command("log", "rebuild", "--events")


async def test_a_worker_compares_the_same_again_and_again(
    comparing: Stack, databases: Databases
) -> None:
    async def told(name: str, **labels: str) -> float | None:
        try:
            return total(await samples(comparing, COMPARING), name, **labels)
        except KeyError:  # it is ready before it has begun to compare
            return None

    began: float = await eventually(lambda: told("log_came_round_timestamp_seconds"), WITHIN)

    async def has_come_round() -> bool:
        return (await told("log_came_round_timestamp_seconds") or began) > began

    async def are_missing(count: int) -> bool:
        return await told("log_differences", reason="missing") == count

    await eventually(has_come_round, WITHIN)
    assert await are_missing(0)
    # Nobody tells the log service.
    room_id = await said(Chat(databases))
    await eventually(lambda: are_missing(COUNT), WITHIN)
    written = comparing.layout.log_file(COMPARING).read_text()
    assert f"the search differs from Postgres: room {room_id} message 1: missing" in written
    comparing.command("log", "rebuild")
    await eventually(lambda: are_missing(0), WITHIN)
