"""People who sign up all at once around a kill, and repeat what was answered with 5xx."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from infra.embedded.stack import Stack
from tests.client.api import PASSWORD
from tests.client.known import rows
from tests.client.waiting import eventually

SIZE = 30
FINAL = (201, 409)
DEADLINE = 120.0
_DENSE = """
select coalesce(bool_and(lines.head = f.count and f.count = f.last), true)
from (select partition, count(*), max(fact_no) as last from account_facts group by 1) f
join lines on lines.topic = 'kakao.user.account.RESPONSE' and lines.partition = f.partition
"""


@dataclass
class Wave:
    """Thirty handles nobody has, asked for at once; the final status of each in `answers`.

    `logged_in` is what the last of them was answered who logs in right after the last answer.
    """

    base_url: str
    handles: list[str] = field(
        default_factory=lambda: [f"f{uuid4().hex[:20]}" for _ in range(SIZE)]
    )
    answers: list[int] = field(default_factory=list)
    logged_in: int = 0

    async def begin(self) -> None:
        """Returns at the first answer, while the others are under way."""
        self._http = aiohttp.ClientSession(self.base_url)
        self._under_way = [asyncio.create_task(self._sign_up(each)) for each in self.handles]
        await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        """Returns when all were answered and one of them has logged in."""
        async with self._http:
            self.answers = list(await asyncio.gather(*self._under_way))
            login = {"userId": self.handles[-1], "password": PASSWORD}
            self.logged_in = await self._post("/user/login", login) or 0

    async def _sign_up(self, user_id: str) -> int:
        """Repeat a signup that was answered with 5xx, as a client would; the final status."""
        body = {"userId": user_id, "password": PASSWORD, "name": "민수"}

        async def final() -> int | None:
            status = await self._post("/user", body)
            return status if status in FINAL else None

        return int(await eventually(final, DEADLINE))

    async def _post(self, path: str, body: dict[str, Any]) -> int | None:
        try:
            async with self._http.post(path, json=body) as response:
                return response.status
        except aiohttp.ClientError:
            return None


@dataclass
class Signups:
    """The waves by the process that was killed in them."""

    base_url: str
    waves: dict[str, Wave] = field(default_factory=dict)

    async def begin(self, victim: str) -> Wave:
        """A wave of which the first is answered, for the victim to be killed in."""
        wave = self.waves[victim] = Wave(self.base_url)
        await wave.begin()
        return wave


def stored(stack: Stack, handles: list[str]) -> tuple[int, bool]:
    """How many of the handles have an account, and whether every account line is dense."""
    dsn = stack.dsns["auth"]
    [(accounts,)] = rows(dsn, "select count(*) from accounts where user_id = any(%s)", handles)
    [(dense,)] = rows(dsn, _DENSE)
    return accounts, dense
