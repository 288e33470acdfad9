"""Rooms through real Kafka, on two fronts: what is made twice, and what a late room topic hides."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.embedded.stack import Stack
from schemas.contexts.messages import MESSAGE
from tests.client.api import Refused, User, sign_up
from tests.client.known import chat_dsns, rows_touched
from tests.client.metrics import samples, total
from tests.client.stomp import Socket
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack


@pytest.fixture
async def people(base_url: str) -> AsyncIterator[list[User]]:
    """Three users who all know each other's fronts."""
    users = [await sign_up(base_url) for _ in range(3)]
    yield users
    for user in users:
        await user.close()


def move(stack: Stack, user: User, front: str) -> User:
    """The user at this front, past the gateway."""
    user.base_url = stack.endpoints.worker_url(front)
    return user


async def test_both_make_the_direct_room_at_once_on_two_fronts(
    stack: Stack, people: list[User]
) -> None:
    one, other = move(stack, people[0], "front-1"), move(stack, people[1], "front-2")
    made = await asyncio.gather(
        *(
            user.call("POST", "/chat", {"kind": "direct", "participants": [with_whom.user_id]})
            for user, with_whom in ((one, other), (other, one), (one, other), (other, one))
        )
    )
    assert len({room["roomId"] for room in made}) == 1
    assert {room["memberCount"] for room in made} == {2}
    for user in (one, other):
        rooms = (await user.call("GET", "/chat"))["rooms"]
        assert [room["roomId"] for room in rooms] == [made[0]["roomId"]]


async def news(socket: Socket) -> dict[str, Any]:
    """The next event that is neither a read position nor a line of the room list."""
    while (event := (await socket.message()).json)["type"] in ("read", "roomChanged"):
        pass
    found: dict[str, Any] = event
    return found


async def test_who_was_removed_hears_nothing_while_the_room_topic_is_held_back(
    stack: Stack, people: list[User]
) -> None:
    """The removal is stored, its fact never comes: the message's record alone tells of it."""
    owner, gone, stays = people
    room_id = str((await owner.call("POST", "/chat", {"kind": "open", "name": "held"}))["roomId"])
    for user in (gone, stays):
        await user.insist("GET", f"/chat/{room_id}")
    sockets = []
    for user, front in ((gone, "front-1"), (gone, "front-2"), (stays, "front-1")):
        socket = Socket(move(stack, user, front))
        await socket.connect()
        await socket.subscribe(f"/sub/chat/room/{room_id}")
        sockets.append(socket)
    await owner.call("POST", f"/chat/{room_id}", {"message": "before"})
    for socket in sockets:
        assert (await news(socket))["message"] == "before"
    remove_silently(stack, room_id, gone.user_id)
    message_id = str(uuid.uuid4())
    await owner.call("POST", f"/chat/{room_id}", {"message": "after", "messageId": message_id})
    assert (await news(sockets[2]))["message"] == "after"
    for socket in sockets[:2]:
        last = await news(socket)
        assert (last["type"], last["userId"]) == ("left", gone.user_id)
        await socket.subscribe(f"/sub/user/{gone.user_id}", "own")  # the connection stays
        assert socket.frames.empty()
    with pytest.raises(Refused) as refusal:
        await gone.call("GET", f"/chat/{room_id}/messages")
    assert refusal.value.code == "NOT_A_MEMBER"
    await until_looked_into(stack)
    for socket in sockets:
        await socket.close()


@retry(
    retry=retry_if_exception_type((AssertionError, KeyError)),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.2),
    reraise=True,
)
async def until_looked_into(stack: Stack) -> None:
    """Returns when the workers' metrics tell of that scene; what is told last is so a bit later."""
    front = await samples(stack, "front-1", "front-2")
    assert total(front, "hub_records_held_total", why="access_version") >= 1
    assert total(front, "hub_deliveries_total", to="room") >= 4
    assert total(front, "hub_subscriptions", to="room") >= 1
    assert total(front, "sockets_open") >= 2
    assert total(front, "wish_answer_seconds_count") >= 1
    assert total(front, "tail_lag_seconds", topic=MESSAGE.response.name) < 60
    chat = await samples(stack, "chat-1", "chat-2")
    assert total(chat, "batch_records_sum", agent="chat.messages") >= 2
    assert total(chat, "batch_seconds_count", agent="chat.rooms") >= 1
    assert total(chat, "lane_oldest_age_seconds", agent="chat.messages") < 60
    user = await samples(stack, "user-1")
    assert total(user, "acknowledged_age_seconds_count", agent="user.accounts", lane="auth") >= 1
    assert total(user, "sagas_alarming") == 0
    assert abs(time.time() - total(user, "sagas_looked_at_timestamp_seconds")) < 60

    async def logged() -> bool:
        found = await samples(stack, "log-1")
        kept = {each.labels["agent"] for each in found if "batch_records_sum" in each.name}
        return "log.sink" in kept

    await eventually(logged)


def remove_silently(stack: Stack, room_id: str, user_id: str) -> None:
    """End a membership as the agent's transaction does, without a record on any topic."""
    for dsn in chat_dsns(stack):
        rows_touched(
            dsn,
            "with room as (update rooms set access_version = access_version + 1,"
            " member_count = member_count - 1 where room_id = %s returning room_id)"
            " delete from members using profiles, room where members.room_id = room.room_id"
            " and profiles.account_id = members.account_id and profiles.user_id = %s",
            room_id,
            user_id,
        )


async def test_a_change_reaches_open_rooms_and_lists_on_every_front(
    stack: Stack, people: list[User]
) -> None:
    owner, heir, _ = people
    body = {"kind": "group", "name": "first", "participants": [heir.user_id]}
    room_id = str((await owner.call("POST", "/chat", body))["roomId"])
    sockets = []
    for front in ("front-1", "front-2"):
        socket = Socket(move(stack, heir, front))
        await socket.connect()
        await socket.subscribe(f"/sub/chat/room/{room_id}", "room")
        await socket.subscribe(f"/sub/user/{heir.user_id}", "own")
        sockets.append(socket)
    await owner.call("PATCH", f"/chat/{room_id}", {"name": "second", "ownerId": heir.user_id})
    await heir.call("DELETE", f"/chat/{room_id}")
    for socket in sockets:
        types: list[str] = []
        while not {"roomDeleted", "removed"} <= set(types):
            types.append((await news(socket))["type"])
        # What made the heir a member may still be on its way to this front, and comes first.
        begun = types.index("renamed")
        assert set(types[:begun]) <= {"invited", "joined"}
        assert types[begun : begun + 2] == ["renamed", "ownerChanged"]
        await socket.close()
    for path in ("", "/messages", "/participants"):
        with pytest.raises(Refused) as refusal:
            await owner.call("GET", f"/chat/{room_id}{path}")
        assert refusal.value.code == "ROOM_NOT_FOUND"
    with pytest.raises(Refused) as refusal:
        await owner.call("GET", f"/search/messages?q=x&roomId={room_id}")
    assert refusal.value.code == "ROOM_NOT_FOUND"
