"""A policy that changes reaches every chat worker while all of them run on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocol

from chatstream.domain.partitions import partition_of
from infra.embedded.stack import Stack
from schemas.contexts.messages import MESSAGE
from tests.client.api import Refused, User, open_room, sign_up
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack

GROUP = "chatstream-chat"
WORKERS = ("chat-1", "chat-2")
PARTITIONS = 8
REFUSED, MASKED = "초록기린", "분홍코끼리"
# Without mutes, so that what is refused is so for the word.
POLICY = {
    "version": "giraffes",
    "words": {"refused": [REFUSED], "masked": [MASKED]},
    "escalation": {"ladder": []},
}


@asynccontextmanager
async def in_force(stack: Stack, tmp_path: Path) -> AsyncIterator[None]:
    """Sets the policy, and the program's own again."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(POLICY))
    await asyncio.to_thread(stack.command, "policy", "set", str(file))
    try:
        yield
    finally:
        await asyncio.to_thread(stack.command, "policy", "reset")


@pytest.fixture
async def member(base_url: str) -> AsyncIterator[User]:
    user = await sign_up(base_url, "min")
    yield user
    await user.close()


async def rooms_everywhere(user: User) -> list[str]:
    """A room of each partition."""
    found: dict[int, str] = {}
    while len(found) < PARTITIONS:
        room_id = await open_room(user)
        found.setdefault(partition_of(room_id, PARTITIONS), room_id)
    return list(found.values())


async def shares(stack: Stack) -> list[set[int]]:
    """The partitions of the messages' wishes that each member of the chat group holds."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_consumer_groups([GROUP])
    finally:
        await admin.close()
    [(_, _, _, _, _, members, *_)] = answer.groups
    # In a rebalance nothing is assigned yet.
    told = [assigned for *_, assigned in members if assigned]
    held = [ConsumerProtocol.ASSIGNMENT.decode(assigned) for assigned in told]
    topic = MESSAGE.request.name
    return [
        {partition for name, parts in each.assignment if name == topic for partition in parts}
        for each in held
    ]


async def said(user: User, room_id: str, text: str) -> str:
    """The reason of the refusal, `stored` when there is none."""
    return await answer_to(user, "POST", f"/chat/{room_id}", f"{text} {uuid4()}")


async def answer_to(user: User, method: str, path: str, text: str) -> str:
    try:
        await user.call(method, path, {"message": text})
    except Refused as refused:
        return str(refused.details["reason"]) if refused.status == 422 else str(refused)
    return "stored"


async def until_all(user: User, rooms: list[str], reason: str) -> None:
    """Returns when the word has this outcome in each of the rooms."""
    for room_id in rooms:

        async def so_here(room_id: str = room_id) -> bool:
            return await said(user, room_id, REFUSED) == reason

        await eventually(so_here)


async def test_a_change_counts_in_every_room_of_both_workers_without_a_restart(
    stack: Stack, member: User, tmp_path: Path
) -> None:
    async def both_hold_some() -> bool:
        found = await shares(stack)
        return len(found) == len(WORKERS) and all(found)

    await eventually(both_hold_some)
    processes = [stack.pid(name) for name in WORKERS]
    rooms = await rooms_everywhere(member)
    await until_all(member, rooms, "stored")
    async with in_force(stack, tmp_path):
        await until_all(member, rooms, "banned_word")
    await until_all(member, rooms, "stored")
    assert [stack.pid(name) for name in WORKERS] == processes


async def test_an_edit_brings_no_banned_word_in(stack: Stack, member: User, tmp_path: Path) -> None:
    room_id = await open_room(member)
    stored = await member.call("POST", f"/chat/{room_id}", {"message": "안녕하세요"})
    path = f"/chat/{room_id}/messages/{stored['messageId']}"

    async def refused() -> bool:
        text = f"{REFUSED} {uuid4()}"
        return await answer_to(member, "PATCH", path, text) == "banned_word"

    async with in_force(stack, tmp_path):
        await eventually(refused)
        before = await member.call("GET", f"/chat/{room_id}/messages")
        with pytest.raises(Refused):
            await member.call("PATCH", path, {"message": REFUSED})
        assert await member.call("GET", f"/chat/{room_id}/messages") == before
        masked = await member.call("PATCH", path, {"message": f"안녕 {MASKED}"})
        again = await member.call("PATCH", path, {"message": f"안녕 {MASKED}"})
    assert MASKED not in masked["message"]
    assert masked["message"].startswith("안녕 ")
    assert again == masked, "the same edit again changes nothing"


async def test_a_worker_knows_ordinary_words_from_listed_ones(member: User) -> None:
    room_id = await open_room(member)
    told = {}
    for text in ("항공권 개시발권", "수박씨발라줘", "뭐랄까 강아지랄까", "씪발 진짜", "븅1딱"):
        stored = await member.call("POST", f"/chat/{room_id}", {"message": text})
        told[text] = stored["message"]
    assert told == {
        "항공권 개시발권": "항공권 개시발권",
        "수박씨발라줘": "수박씨발라줘",
        "뭐랄까 강아지랄까": "뭐랄까 강아지랄까",
        "씪발 진짜": "●● 진짜",
        "븅1딱": "●●●",
    }
