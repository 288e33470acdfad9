"""Outsiders' texts are refused unread, and nobody is outside who was answered that it is in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from infra.embedded.stack import Stack
from tests.client.api import Refused, User, open_room, sign_up
from tests.client.known import chat_dsns, rows_touched
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack
WORKERS = ("chat-1", "chat-2")


@pytest.fixture
async def people(base_url: str) -> AsyncIterator[tuple[User, User]]:
    """An owner of rooms, and somebody else."""
    users = await sign_up(base_url), await sign_up(base_url)
    yield users
    for user in users:
        await user.close()


async def refused_unread(stack: Stack) -> float:
    """By all chat workers since they started."""
    found = 0.0
    async with aiohttp.ClientSession() as http:
        for worker in WORKERS:
            async with http.get(stack.endpoints.worker_url(worker) + "/metrics") as response:
                text = await response.text()
            [count] = re.findall(r"^chatstream_outsiders_refused_total (\S+)$", text, re.MULTILINE)
            found += float(count)
    return found


async def refused(user: User, room_id: str) -> str:
    with pytest.raises(Refused) as refusal:
        await user.call("POST", f"/chat/{room_id}", {"message": "let me in"})
    return str(refusal.value.code)


async def test_an_outsider_is_refused_unread_until_it_is_in_and_again_when_it_is_out(
    stack: Stack, people: tuple[User, User]
) -> None:
    owner, other = people
    room_id = await open_room(owner)
    before = await refused_unread(stack)
    assert await refused(other, room_id) == "NOT_A_MEMBER"
    assert await refused_unread(stack) > before
    for _ in range(5):
        other.base_url = stack.endpoints.worker_url("front-1")
        await other.call("GET", f"/chat/{room_id}")
        other.base_url = stack.endpoints.worker_url("front-2")
        await other.call("POST", f"/chat/{room_id}", {"message": "here I am"})
        await owner.call("DELETE", f"/chat/{room_id}/participants/{other.user_id}")
        assert await refused(other, room_id) == "NOT_A_MEMBER"
    await owner.call("DELETE", f"/chat/{room_id}")
    assert await refused(owner, room_id) == "ROOM_NOT_FOUND"


async def test_a_member_whom_the_table_lacks_may_talk_and_is_found_by_the_check(
    stack: Stack, people: tuple[User, User]
) -> None:
    owner, other = people
    room_id = await open_room(owner)
    for dsn in chat_dsns(stack):
        rows_touched(
            dsn,
            "insert into members (room_id, account_id, joined_at)"
            " select room_id, account_id, now() from rooms, profiles"
            " where room_id = %s and user_id = %s",
            room_id,
            other.user_id,
        )
    await other.call("POST", f"/chat/{room_id}", {"message": "Postgres decides"})

    async def is_found() -> bool:
        logs = [stack.layout.log_file(worker).read_text() for worker in WORKERS]
        return any(re.search(rf"lacks account \S+ in room {room_id}", each) for each in logs)

    await eventually(is_found)
    await other.call("POST", f"/chat/{room_id}", {"message": "so does the table"})
