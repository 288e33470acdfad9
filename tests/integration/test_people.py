"""Friends, blocks and names through the gateway, Kafka, the agents and the databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg2
import pytest
from tenacity import (
    AsyncRetrying,
    retry,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from infra.embedded.stack import Stack
from tests.client.api import BUSY, BUSY_SECONDS
from tests.client.known import chat_dsns

pytestmark = pytest.mark.stack

PASSWORD = "correct horse battery"
until_true = retry(
    retry=retry_if_exception_type(AssertionError),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.05),
    reraise=True,
)


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(base_url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


class Person:
    """An account that is logged in."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http
        self.user_id = f"p{uuid4().hex[:20]}"
        self.token = ""

    async def arrive(self) -> Person:
        account = {"userId": self.user_id, "password": PASSWORD, "name": "민수"}
        assert (await self.call("POST", "/user", account))[0] == 201
        del account["name"]
        _, tokens = await self.call("POST", "/user/login", account)
        self.token = tokens["accessToken"]
        return self

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the answer; made again while the server is busy, as a client does."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        asking = AsyncRetrying(
            retry=retry_if_result(was_busy),
            stop=stop_after_delay(BUSY_SECONDS),
            wait=wait_fixed(0.5),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )

        async def ask() -> tuple[int, Any]:
            async with self.http.request(method, path, json=body, headers=headers) as response:
                return response.status, await response.json() if response.status != 204 else None

        found: tuple[int, Any] = await asking(ask)
        return found


def was_busy(answer: tuple[int, Any]) -> bool:
    """Whether it was refused before anything was produced: asking again is no second wish."""
    status, body = answer
    return status == HTTPStatus.SERVICE_UNAVAILABLE and body["error"]["code"] == BUSY


async def people(http: aiohttp.ClientSession, count: int) -> list[Person]:
    return list(await asyncio.gather(*(Person(http).arrive() for _ in range(count))))


def blocks_in(stack: Stack, blocker: str) -> list[int]:
    """How many this handle blocks, in each chat database."""
    found = []
    for name, dsn in sorted(stack.dsns.items()):
        if name.startswith("chat-"):
            with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "select count(*) from blocks join profiles on account_id = blocker_id"
                    " where user_id = %s",
                    (blocker,),
                )
                found += [row[0] for row in cursor.fetchall()]
    return found


async def test_a_block_and_its_end_reach_every_chat_database(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    one, other = await people(http, 2)
    chat_databases = len(chat_dsns(stack))
    for method, holds in (("PUT", 1), ("PUT", 1), ("DELETE", 0), ("DELETE", 0)):
        assert await one.call(method, f"/user/blocks/{other.user_id}") == (204, None)
        assert blocks_in(stack, one.user_id) == [holds] * chat_databases
        found = (await other.call("GET", f"/user/search?q={one.user_id}"))[1]["users"]
        assert len(found) == 1 - holds


async def test_after_its_204_a_block_or_its_end_is_what_every_room_goes_by(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    async def fall_out(one: Person, other: Person) -> list[int]:
        answers = []
        for _ in range(9):
            for method in ("PUT", "DELETE"):
                assert (await one.call(method, f"/user/blocks/{other.user_id}"))[0] == 204
                body = {"kind": "direct", "participants": [one.user_id]}
                answers.append((await other.call("POST", "/chat", body))[0])
        return answers

    everybody = await people(http, 8)
    answers = await asyncio.gather(*map(fall_out, everybody[::2], everybody[1::2]))
    assert answers == [[403, 201, *[403, 200] * 8]] * 4


async def test_after_its_201_an_account_is_invited_by_anybody(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    (host,) = await people(http, 1)
    room_id = (await host.call("POST", "/chat", {"kind": "group"}))[1]["roomId"]

    async def arrive(n: int) -> int:
        guest = Person(http)
        account = {"userId": guest.user_id, "password": PASSWORD, "name": "민수"}
        assert (await guest.call("POST", "/user", account))[0] == 201
        body: dict[str, Any] = {"userId": guest.user_id}
        if n % 2:
            return (await host.call("POST", f"/chat/{room_id}/participants", body))[0]
        body = {"kind": "group", "participants": [guest.user_id]}
        return (await host.call("POST", "/chat", body))[0]

    for first in range(0, 40, 5):
        answers = await asyncio.gather(*(arrive(first + n) for n in range(5)))
        assert answers == [201] * 5


async def test_after_their_answers_an_account_and_a_new_name_are_found_and_added(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    (one,) = await people(http, 1)

    async def arrive(n: int) -> tuple[int, list[str]]:
        guest = Person(http)
        account = {"userId": guest.user_id, "password": PASSWORD, "name": "민수"}
        assert (await guest.call("POST", "/user", account))[0] == 201
        added, _ = await one.call("PUT", f"/user/friends/{guest.user_id}")
        login = {"userId": guest.user_id, "password": PASSWORD}
        guest.token = (await guest.call("POST", "/user/login", login))[1]["accessToken"]
        for _ in range(2):  # the second is so already
            renamed, _ = await guest.call("PATCH", "/user/me", {"name": f"지은 {n}"})
            assert renamed == 200
        found = (await one.call("GET", f"/user/search?q={guest.user_id}"))[1]["users"]
        return added, [person["name"] for person in found]

    answers = await asyncio.gather(*(arrive(n) for n in range(10)))
    assert answers == [(204, [f"지은 {n}"]) for n in range(10)]
    friends = (await one.call("GET", "/user/friends"))[1]["friends"]
    assert sorted(person["name"] for person in friends) == [f"지은 {n}" for n in range(10)]


async def test_the_same_change_many_times_at_once_is_one_change(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    one, other = await people(http, 2)
    path = f"/user/friends/{other.user_id}"
    answers = await asyncio.gather(*(one.call("PUT", path) for _ in range(10)))
    assert [status for status, _ in answers] == [204] * 10
    friends = (await one.call("GET", "/user/friends"))[1]["friends"]
    assert friends == [{"userId": other.user_id, "name": "민수"}]
    dsn = stack.dsns["friend"]
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from friend_facts where user_id = %s", (one.user_id,))
        assert cursor.fetchall() == [(1,)]


async def test_a_new_name_shows_in_history_lists_members_and_new_messages(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    one, other = await people(http, 2)
    body = {"kind": "group", "participants": [other.user_id]}
    room_id = (await one.call("POST", "/chat", body))[1]["roomId"]
    await one.call("POST", f"/chat/{room_id}", {"message": "before"})
    status, account = await one.call("PATCH", "/user/me", {"name": "지은"})
    assert (status, account["name"]) == (200, "지은")

    @until_true
    async def shown() -> None:
        _, page = await other.call("GET", f"/chat/{room_id}/messages")
        assert {message["userName"] for message in page["messages"]} == {"지은"}
        _, listed = await other.call("GET", "/chat")
        (room,) = listed["rooms"]
        assert {"userId": one.user_id, "name": "지은"} in room["members"]
        assert room["lastMessage"]["userName"] == "지은"

    await shown()
    _, message = await one.call("POST", f"/chat/{room_id}", {"message": "after"})
    assert message["userName"] == "지은"
    _, found = await other.call("GET", f"/user/search?q={one.user_id}")
    assert [person["name"] for person in found["users"]] == ["지은"]
