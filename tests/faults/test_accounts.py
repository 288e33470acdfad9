"""Signups while the account agent, its database and the fronts that own sessions die."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import aiohttp
import psycopg2
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.embedded.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.faults]

PASSWORD = "correct horse battery"
FINAL = {201, 409}


async def sign_up_until_answered(http: aiohttp.ClientSession, user_id: str) -> int:
    """Repeat a signup that was answered with 5xx, as a client would; the final status."""
    body = {"userId": user_id, "password": PASSWORD, "name": "민수"}

    @retry(
        retry=retry_if_exception_type((AssertionError, aiohttp.ClientError)),
        stop=stop_after_delay(120),
        wait=wait_fixed(0.2),
        reraise=True,
    )
    async def attempt() -> int:
        async with http.post("/user", json=body) as response:
            assert response.status in FINAL, await response.text()
            return response.status

    return await attempt()


def stored(stack: Stack, handles: list[str]) -> tuple[int, bool]:
    """How many of the handles have an account, and whether every account line is dense."""
    with psycopg2.connect(stack.dsns["auth"]) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts where user_id = any(%s)", (handles,))
        ((accounts,),) = cursor.fetchall()
        cursor.execute(
            """
            select coalesce(bool_and(lines.head = f.count and f.count = f.last), true)
            from (select partition, count(*), max(fact_no) as last from account_facts group by 1) f
            join lines on lines.topic = 'kakao.user.account.RESPONSE'
                and lines.partition = f.partition
            """
        )
        ((dense,),) = cursor.fetchall()
    connection.close()
    return accounts, dense


@pytest.mark.parametrize("victim", ["user-1", "postgres-auth", "front-auth"])
async def test_every_signup_is_carried_out_once_whatever_dies(stack: Stack, victim: str) -> None:
    handles = [f"f{uuid4().hex[:20]}" for _ in range(30)]
    async with aiohttp.ClientSession(stack.base_url) as http:
        under_way = [asyncio.create_task(sign_up_until_answered(http, one)) for one in handles]
        await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.to_thread(stack.kill, victim)
        answers = await asyncio.gather(*under_way)
        assert set(answers) <= FINAL
        if victim == "user-1":
            assert set(answers) == {201}, "whoever was not answered is not told of another's handle"
        login = {"userId": handles[-1], "password": PASSWORD}
        async with http.post("/user/login", json=login) as response:
            assert response.status == 200
    await asyncio.to_thread(stack.wait_ready, victim)
    assert stored(stack, handles) == (len(handles), True)
