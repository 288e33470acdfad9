"""Facts that the broker deleted before a worker came to them are read from Postgres instead."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress

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
from tests.client.waiting import eventually
from tests.faults.verify import rows

pytestmark = [pytest.mark.faults, pytest.mark.stack]

DEADLINE = 120.0


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


@pytest.mark.timeout(600)
async def test_messages_deleted_by_the_broker_before_the_sink_read_them_are_found(
    stack: Stack,
) -> None:
    user = await sign_up(stack.base_url, "retained", "127.0.61.1")
    room = await open_room(user)
    word = f"quince{uuid.uuid4().hex[:6]}"
    said = {f"{word} {number}" for number in range(12)}
    await user.insist("POST", f"/chat/{room}", {"message": f"{word} first"})
    await eventually(lambda: found(user, word), DEADLINE)
    await asyncio.to_thread(stack.stop_process, "log-1")
    for text in sorted(said):
        await user.insist("POST", f"/chat/{room}", {"message": text})
    await forget(stack, MESSAGE.response, room)
    await user.insist("POST", f"/chat/{room}", {"message": f"{word} last"})
    await asyncio.to_thread(stack.start_process, "log-1")
    await asyncio.to_thread(stack.wait_ready, "log-1")
    pid = stack.pid("log-1")
    wanted = said | {f"{word} first", f"{word} last"}

    async def all_are_found() -> bool:
        return await found(user, word) == wanted

    await eventually(all_are_found, DEADLINE)
    assert await lost(stack, "log-1", MESSAGE.response) >= len(said)
    assert stack.pid("log-1") == pid
    await user.close()


@pytest.mark.timeout(600)
async def test_a_block_deleted_by_the_broker_before_chat_read_it_holds(stack: Stack) -> None:
    blocker, blocked, other = [
        await sign_up(stack.base_url, name, "127.0.61.2") for name in ("fern", "gorse", "heath")
    ]
    room = {"kind": "direct", "participants": [blocker.user_id]}
    for name in ("chat-1", "chat-2"):
        await asyncio.to_thread(stack.stop_process, name)
    with suppress(Refused):  # nobody can promise a block while chat is away
        await blocker.call("PUT", f"/user/blocks/{blocked.user_id}")
    account = "select account_id::text from accounts where user_id = %s"
    [(account_id,)] = rows(stack.dsns["auth"], account, blocker.user_id)

    async def is_stored() -> bool:
        facts = "select 1 from friend_facts where account_id = %s::uuid and kind = 'userBlocked'"
        return bool(rows(stack.dsns["auth"], facts, account_id))

    await eventually(is_stored, DEADLINE)
    await forget(stack, FRIEND.response, account_id)
    for name in ("chat-1", "chat-2"):
        await asyncio.to_thread(stack.start_process, name)
        await asyncio.to_thread(stack.wait_ready, name)
    await blocker.insist("PUT", f"/user/blocks/{other.user_id}")

    async def is_refused() -> bool:
        try:
            await blocked.insist("POST", "/chat", room)
        except Refused as refused:
            return refused.code == "BLOCKED"
        return False

    await eventually(is_refused, DEADLINE)
    for user in (blocker, blocked, other):
        await user.close()
