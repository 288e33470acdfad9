"""Facts that the broker deleted before a worker came to them are read from Postgres instead."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chatstream.domain.partitions import partition_of
from infra.embedded.stack import Stack
from schemas.contexts.friends import FRIEND
from schemas.contexts.messages import MESSAGE
from schemas.streams import TopicSpec
from tests.client.api import Refused, User, open_room, sign_up
from tests.client.known import rows
from tests.client.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.stack]

DEADLINE = 120.0
MANY = 12
CHATS = ("chat-1", "chat-2")
AWAY = ("log-1", *CHATS)


async def forget(stack: Stack, spec: TopicSpec, key: str) -> None:
    """Let the broker delete every record there is in the key's partition, as retention does."""
    place = TopicPartition(spec.name, partition_of(key, 8))
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()


async def lost(stack: Stack, worker: str, spec: TopicSpec) -> float:
    """How many records of a topic the worker says it has lost to retention."""
    url = f"{stack.endpoints.worker_url(worker)}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        text = await answer.text()
    name = f'chatstream_records_lost_to_retention_total{{topic="{spec.name}"}} '
    return sum(float(line.removeprefix(name)) for line in text.splitlines() if name in line)


async def found(user: User, word: str) -> set[str]:
    answer = await user.insist("GET", f"/search/messages?q={word}&limit=50")
    return {hit["message"] for hit in answer["hits"]}


@dataclass
class Forgotten:
    """What was said and who was blocked while the workers that read it were away.

    `log_worker` is the process that came back to it.
    """

    user: User
    word: str
    said: set[str]
    blocker: User
    blocked: User
    log_worker: int


@pytest.fixture(scope="module")
async def forgotten(stack: Stack) -> AsyncIterator[Forgotten]:
    """The sink and the chat workers after the broker deleted what they had not read."""
    people = [
        await sign_up(stack.base_url, name, "127.0.61.1") for name in ("quince", "fern", "gorse")
    ]
    user, blocker, blocked = people
    word = f"quince{uuid.uuid4().hex[:6]}"
    said = await _say_without_the_sink(stack, user, word)
    blocking = await _block_without_chat(stack, blocker, blocked)
    for name in AWAY:
        await asyncio.to_thread(stack.start_process, name)
    for name in AWAY:
        await asyncio.to_thread(stack.wait_ready, name)
    with suppress(Refused):  # nobody can promise a block while chat is away
        await blocking
    yield Forgotten(user, word, said, blocker, blocked, stack.pid("log-1"))
    for each in people:
        await each.close()


async def _say_without_the_sink(stack: Stack, user: User, word: str) -> set[str]:
    """Stop the sink; what was said before, while and after the broker forgot the middle."""
    room = await open_room(user)
    first, last = f"{word} first", f"{word} last"
    said = {f"{word} {number}" for number in range(MANY)}
    await user.insist("POST", f"/chat/{room}", {"message": first})
    await eventually(lambda: found(user, word), DEADLINE)
    await asyncio.to_thread(stack.stop_process, "log-1")
    for text in sorted(said):
        await user.insist("POST", f"/chat/{room}", {"message": text})
    await forget(stack, MESSAGE.response, room)
    await user.insist("POST", f"/chat/{room}", {"message": last})
    return said | {first, last}


async def _block_without_chat(
    stack: Stack, blocker: User, blocked: User
) -> asyncio.Task[dict[str, Any]]:
    """Stop chat; the call of the block, whose fact is stored and forgotten by the broker."""
    await asyncio.gather(*(asyncio.to_thread(stack.stop_process, each) for each in CHATS))
    call = asyncio.create_task(blocker.call("PUT", f"/user/blocks/{blocked.user_id}"))
    account = "select account_id::text from accounts where user_id = %s"
    [(account_id,)] = rows(stack.dsns["auth"], account, blocker.user_id)

    async def is_stored() -> bool:
        facts = "select 1 from friend_facts where account_id = %s::uuid and kind = 'userBlocked'"
        return bool(rows(stack.dsns["friend"], facts, account_id))

    await eventually(is_stored, DEADLINE)
    await forget(stack, FRIEND.response, account_id)
    return call


@pytest.mark.timeout(600)
async def test_messages_deleted_by_the_broker_before_the_sink_read_them_are_found(
    stack: Stack, forgotten: Forgotten
) -> None:
    async def all_are_found() -> bool:
        return await found(forgotten.user, forgotten.word) == forgotten.said

    await eventually(all_are_found, DEADLINE)
    assert await lost(stack, "log-1", MESSAGE.response) >= MANY
    assert stack.pid("log-1") == forgotten.log_worker


@pytest.mark.timeout(600)
async def test_a_block_deleted_by_the_broker_before_chat_read_it_holds(
    stack: Stack, forgotten: Forgotten
) -> None:
    other = await sign_up(stack.base_url, "heath", "127.0.61.2")
    await forgotten.blocker.insist("PUT", f"/user/blocks/{other.user_id}")
    await other.close()
    room = {"kind": "direct", "participants": [forgotten.blocker.user_id]}

    async def is_refused() -> bool:
        try:
            await forgotten.blocked.insist("POST", "/chat", room)
        except Refused as refused:
            return refused.code == "BLOCKED"
        return False

    await eventually(is_refused, DEADLINE)
