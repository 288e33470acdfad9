"""Accounts and logins through the gateway, Kafka, the account agent and Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.embedded.stack import Stack
from schemas import codec, records
from schemas.catalogue import TOPICS
from schemas.contexts.accounts import ACCOUNT
from tests.client.waiting import eventually

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
    async with aiohttp.ClientSession(
        base_url, cookie_jar=aiohttp.DummyCookieJar(), raise_for_status=False
    ) as session:
        yield session


def new_handle() -> str:
    return f"u{uuid4().hex[:20]}"


async def signup(http: aiohttp.ClientSession, user_id: str, name: str = "민수") -> int:
    """The status; what was not stored in time is repeated, which is promised to be safe."""
    body = {"userId": user_id, "password": PASSWORD, "name": name}

    async def status() -> int | None:
        async with http.post("/user", json=body) as response:
            is_away = response.status == HTTPStatus.SERVICE_UNAVAILABLE
            return None if is_away else response.status

    return int(await eventually(status))


async def login(http: aiohttp.ClientSession, user_id: str) -> dict[str, Any]:
    async with http.post("/user/login", json={"userId": user_id, "password": PASSWORD}) as response:
        assert response.status == 200, await response.text()
        tokens: dict[str, Any] = await response.json()
        return tokens


async def status(http: aiohttp.ClientSession, path: str, token: str) -> int:
    async with http.get(path, headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status


async def everything_on(stack: Stack, topic: str) -> list[tuple[int, bytes]]:
    """(partition, value) of all records on the topic now."""
    places = [TopicPartition(topic, partition) for partition in range(8)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=stack.bootstrap, group_id=None, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
        left = {place for place in places if ends[place] > 0}
        consumer.assign(list(left))
        found: list[tuple[int, bytes]] = []
        while left:
            for place, messages in (await consumer.getmany(timeout_ms=500)).items():
                found += [(place.partition, message.value) for message in messages]
            left = {place for place in left if await consumer.position(place) < ends[place]}
        return found
    finally:
        await consumer.stop()


async def test_who_signed_up_is_known_in_both_pools(http: aiohttp.ClientSession) -> None:
    user_id = new_handle()
    assert await signup(http, user_id) == 201
    assert await signup(http, user_id) == 409
    token = (await login(http, user_id))["accessToken"]
    assert await status(http, "/user/me", token) == 200
    assert await status(http, "/chat", token) == 200


async def test_of_many_who_want_one_handle_at_once_one_gets_it(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    user_id = new_handle()
    answers = await asyncio.gather(*(signup(http, user_id) for _ in range(10)))
    assert sorted(answers) == [201] + [409] * 9
    facts = [
        record
        for _, value in await everything_on(stack, ACCOUNT.response.name)
        if isinstance(record := codec.decode(ACCOUNT.response.name, value), records.AccountCreated)
        and record.user_id == user_id
    ]
    assert len({fact.fact_no for fact in facts}) == 1


async def test_of_a_signup_that_was_made_and_not_answered_the_repeat_gets_the_201(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    """As if front-auth had died between the fact and its answer."""
    user_id = new_handle()
    assert await signup(http, user_id) == 201
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "with gone as (delete from told_signups t using accounts a where a.account_id ="
            " t.account_id and a.user_id = %s returning t.account_id)"
            " update accounts set created_at = created_at - interval '7 seconds' from gone"
            " where accounts.account_id = gone.account_id",
            (user_id,),
        )
        assert cursor.rowcount == 1
    connection.close()
    assert await signup(http, user_id, "another name") == 409
    assert await signup(http, user_id) == 201
    assert await signup(http, user_id) == 409


async def test_the_account_lines_are_dense_on_the_topic_and_in_the_database(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    await asyncio.gather(*(signup(http, new_handle()) for _ in range(20)))
    lines: dict[int, dict[int, str]] = {}
    for partition, value in await everything_on(stack, ACCOUNT.response.name):
        record = codec.decode(ACCOUNT.response.name, value)
        if isinstance(record, records.AccountCreated | records.ProfileChanged):
            line = lines.setdefault(partition, {})
            assert line.setdefault(record.fact_no, record.account_id) == record.account_id
    assert sum(map(len, lines.values())) >= 20
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select partition, array_agg(fact_no order by fact_no) from account_facts group by 1"
        )
        stored = dict(cursor.fetchall())
    connection.close()
    for partition, line in lines.items():
        assert list(line) == list(range(1, len(line) + 1))
        assert stored[partition][: len(line)] == list(line)


async def test_no_secret_travels_on_a_topic_or_into_a_log(
    http: aiohttp.ClientSession, stack: Stack
) -> None:
    user_id = new_handle()
    await signup(http, user_id)
    tokens = await login(http, user_id)
    await status(http, f"/user/me?token={tokens['accessToken']}", tokens["accessToken"])
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute("select password_hash from accounts where user_id = %s", (user_id,))
        ((hashed,),) = cursor.fetchall()
    connection.close()
    secrets = [PASSWORD, hashed, tokens["accessToken"], tokens["refreshToken"]]
    for spec in TOPICS:
        for _, value in await everything_on(stack, spec.name):
            assert not any(secret.encode() in (value or b"") for secret in secrets)
            if spec is not ACCOUNT.request:
                assert b"sealedHash" not in (value or b"")
    for path in stack.layout.log_file("front-auth").parent.iterdir():
        text = path.read_text(errors="replace") if path.is_file() else ""
        assert not any(secret in text for secret in secrets), path.name


async def test_a_logout_ends_the_login_in_every_front(http: aiohttp.ClientSession) -> None:
    user_id = new_handle()
    await signup(http, user_id)
    ended, going_on = [(await login(http, user_id))["accessToken"] for _ in range(2)]
    bearer = {"Authorization": f"Bearer {ended}"}
    async with http.post("/user/logout", headers=bearer) as response:
        assert response.status == 204
    assert await status(http, "/user/me", ended) == 401
    await until_true(_expect)(lambda: status(http, "/chat", ended), 401)
    assert await status(http, "/chat", going_on) == 200


async def _expect(ask: Callable[[], Any], wanted: int) -> None:
    assert await ask() == wanted


async def test_a_refresh_token_is_good_once(http: aiohttp.ClientSession) -> None:
    user_id = new_handle()
    await signup(http, user_id)
    first = await login(http, user_id)

    async def refresh(token: str) -> tuple[int, dict[str, Any]]:
        async with http.post("/user/refresh", json={"refreshToken": token}) as response:
            return response.status, await response.json()

    at_once = await asyncio.gather(*(refresh(first["refreshToken"]) for _ in range(12)))
    ((answered, following),) = {(each, pair["refreshToken"]) for each, pair in at_once}
    second = at_once[0][1]
    assert answered == 200
    assert (await refresh(following))[0] == 200
    assert (await refresh(first["refreshToken"]))[0] == 401
    await until_true(_expect)(lambda: status(http, "/chat", second["accessToken"]), 401)


async def test_failed_logins_are_counted_over_all_processes(http: aiohttp.ClientSession) -> None:
    user_id = new_handle()
    await signup(http, user_id)
    wrong = {"userId": user_id, "password": "not this one"}
    for _ in range(10):
        async with http.post("/user/login", json=wrong) as response:
            assert response.status == 401
    right = {"userId": user_id, "password": PASSWORD}
    async with http.post("/user/login", json=right) as response:
        assert response.status == 429
        assert int(response.headers["Retry-After"]) > 800
