"""An account's erasure while whoever takes part in it dies."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg2
import pytest

from infra.embedded.stack import Stack
from schemas.catalogue import ERASURE_STEPS
from tests.client.api import REPEATABLE
from tests.client.waiting import eventually

pytestmark = [pytest.mark.stack, pytest.mark.faults]

PASSWORD = "correct horse battery"
DEADLINE = 180.0
TEXT = "한라산 소풍 erasure"


@dataclass
class Person:
    """Somebody with an account and a login."""

    http: aiohttp.ClientSession
    user_id: str
    token: str
    account_id: str

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(method, path, json=body, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def good(self, method: str, path: str, body: object = None) -> Any:
        """The answer, repeated through outages as the contract asks of clients."""

        async def answered() -> tuple[int, Any] | None:
            status, answer = await self.call(method, path, body)
            return None if status in REPEATABLE else (status, answer)

        status, answer = await eventually(answered, DEADLINE)
        assert status < 300, answer
        return answer


async def person(http: aiohttp.ClientSession, name: str) -> Person:
    user_id = f"e{uuid4().hex[:20]}"
    account = {"userId": user_id, "password": PASSWORD, "name": name}

    async def signed_up() -> int | None:
        async with http.post("/user", json=account) as response:
            return None if response.status in REPEATABLE else response.status

    assert await eventually(signed_up, DEADLINE) == 201
    login = {"userId": user_id, "password": PASSWORD}
    async with http.post("/user/login", json=login) as response:
        token = (await response.json())["accessToken"]
    claims = token.split(".")[1]
    padded = claims + "=" * (-len(claims) % 4)
    return Person(http, user_id, token, json.loads(base64.urlsafe_b64decode(padded))["sub"])


async def a_life(leaver: Person, friend: Person) -> list[str]:
    """What an account leaves everywhere; the rooms it is in, its own first."""
    await leaver.good("PUT", f"/user/friends/{friend.user_id}")
    await friend.good("PUT", f"/user/friends/{leaver.user_id}")
    rooms = []
    for kind, name in (("group", "소풍"), ("open", "등산"), ("direct", None)):
        body: dict[str, Any] = {"kind": kind, "participants": [friend.user_id]}
        room = await leaver.good("POST", "/chat", body | ({"name": name} if name else {}))
        rooms.append(room["roomId"])
        said = {"message": TEXT, "messageId": str(uuid4())}
        await leaver.good("POST", f"/chat/{room['roomId']}", said)
    await leaver.good("PUT", f"/chat/{rooms[0]}/read", {"seq": 1})

    async def found() -> bool:
        answer = await friend.good("GET", f"/search/messages?q=소풍&roomId={rooms[0]}")
        return bool(answer["hits"])

    await eventually(found, DEADLINE)
    return rooms


def saga_of(stack: Stack, account_id: str) -> tuple[str, list[str]] | None:
    """The id of the account's saga and its unfinished steps, None before it begins."""
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select saga_id::text, array(select step from saga_steps s where"
            " s.saga_id = sagas.saga_id and done_at is null order by place) from sagas"
            " where account_id = %s",
            (account_id,),
        )
        rows = cursor.fetchall()
    connection.close()
    return (rows[0][0], rows[0][1]) if rows else None


async def begin(leaver: Person, stack: Stack) -> None:
    """Ask until the erasure has begun; a call that was answered with 5xx may have begun it."""

    async def begun() -> bool:
        if await asyncio.to_thread(saga_of, stack, leaver.account_id) is not None:
            return True
        try:
            await leaver.call("DELETE", "/user/me", {"password": PASSWORD})
        except aiohttp.ClientError:
            return False
        return False

    await eventually(begun, DEADLINE)


async def until_step(stack: Stack, account_id: str, step: str) -> None:
    """Returns when the step is under way, or over."""

    async def reached() -> bool:
        saga = await asyncio.to_thread(saga_of, stack, account_id)
        return saga is not None and ERASURE_STEPS.index(step) >= len(ERASURE_STEPS) - len(saga[1])

    await eventually(reached, DEADLINE)


@pytest.mark.parametrize(
    ("step", "victim"),
    [
        ("account", "user-1"),
        ("chat", "chat-1"),
        ("chat", "user-1"),
        ("stats", "stats-1"),
        ("log", "log-1"),
    ],
)
async def test_an_erasure_is_whole_whoever_dies_in_its_steps(
    stack: Stack, step: str, victim: str
) -> None:
    async with aiohttp.ClientSession(stack.base_url) as http:
        leaver, friend = await person(http, "떠나는이"), await person(http, "남는이")
        rooms = await a_life(leaver, friend)
        beginning = asyncio.create_task(begin(leaver, stack))
        if step != "account":
            await until_step(stack, leaver.account_id, step)
        await asyncio.to_thread(stack.kill, victim)
        await beginning
        await asyncio.to_thread(stack.wait_ready, victim, DEADLINE)

        async def done() -> bool:
            saga = await asyncio.to_thread(saga_of, stack, leaver.account_id)
            return saga is not None and not saga[1]

        await eventually(done, DEADLINE)
        await _nothing_is_left(stack, leaver, friend, rooms)


async def _nothing_is_left(stack: Stack, leaver: Person, friend: Person, rooms: list[str]) -> None:
    assert (await leaver.call("GET", "/user/me"))[0] == 401
    saga_id, _ = saga_of(stack, leaver.account_id) or ("", [])
    receipt = await leaver.good("GET", f"/ops/sagas/{saga_id}")
    assert receipt["state"] == "done"
    assert (await friend.call("GET", f"/ops/sagas/{saga_id}"))[0] == 403
    account = {"userId": leaver.user_id, "password": PASSWORD, "name": "누구"}
    async with leaver.http.post("/user", json=account) as response:
        assert response.status == 409
    for room_id in rooms:
        history = await friend.good("GET", f"/chat/{room_id}/messages")
        (message,) = [each for each in history["messages"] if each["message"] == TEXT]
        assert (message["userId"], message["userName"]) == (None, None)
        members = await friend.good("GET", f"/chat/{room_id}/participants")
        assert leaver.user_id not in json.dumps(members)
    hits = await friend.good("GET", f"/search/messages?q=소풍&roomId={rooms[0]}")
    assert [hit["userId"] for hit in hits["hits"]] == [None]
    friends = await friend.good("GET", "/user/friends")
    assert leaver.user_id not in json.dumps(friends)
    await asyncio.to_thread(
        stack.command, "erasure", "check", leaver.account_id, "--handle", leaver.user_id
    )


def told(stack: Stack, account_id: str) -> str:
    """What the log step last told of itself: empty before its first report."""
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select problem from saga_steps join sagas using (saga_id)"
            " where account_id = %s and step = 'log' and done_at is null",
            (account_id,),
        )
        rows = cursor.fetchall()
    connection.close()
    return rows[0][0] if rows else ""


async def in_index(stack: Stack, query: dict[str, Any]) -> int:
    """How many documents of messages are found, as they can be searched now."""
    url = f"{stack.elastic_url}/chatstream-messages-*/_count"
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}) as response:
        return int((await response.json())["count"])


@pytest.mark.parametrize("when", ["before", "in the step"])
async def test_who_is_erased_is_gone_from_search_though_elasticsearch_was_paused(
    stack: Stack, when: str
) -> None:
    async with aiohttp.ClientSession(stack.base_url) as http:
        leaver, friend = await person(http, "떠나는이"), await person(http, "남는이")
        rooms = await a_life(leaver, friend)
        if when == "before":
            await asyncio.to_thread(stack.pause, "elasticsearch")
        try:
            await leaver.good("POST", f"/chat/{rooms[0]}", {"message": TEXT + " 2"})
            await begin(leaver, stack)
            await until_step(stack, leaver.account_id, "log")
            if when != "before":
                await asyncio.to_thread(stack.pause, "elasticsearch")

            async def refused() -> bool:
                return bool(await asyncio.to_thread(told, stack, leaver.account_id))

            if when == "before":
                await eventually(refused, DEADLINE)
        finally:
            await asyncio.to_thread(stack.resume, "elasticsearch")
        saga = await asyncio.to_thread(saga_of, stack, leaver.account_id)
        assert saga is not None

        async def done() -> bool:
            return bool((await leaver.good("GET", f"/ops/sagas/{saga[0]}"))["state"] == "done")

        await eventually(done, DEADLINE)
        assert await in_index(stack, {"term": {"user.name": leaver.user_id}}) == 0
        assert await in_index(stack, {"term": {"user.id": leaver.account_id}}) == 4
        search = f"/search/messages?q=소풍&roomId={rooms[0]}"
        assert (await friend.good("GET", f"{search}&sender={leaver.user_id}"))["hits"] == []
        hits = (await friend.good("GET", search))["hits"]
        assert [(hit["userId"], hit["userName"]) for hit in hits] == [(None, None)] * 2
