"""HTTP calls of one logged-in user, and the repetition that the contract asks of clients."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception, wait_fixed

PASSWORD = "lantern-harbour-77"
# Answers after which a client repeats the same wish with the same id.
REPEATABLE = (429, 502, 503, 504)


class Refused(Exception):
    """An answer outside 2xx that repeating does not mend."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.code = error.get("code")
        self.details: dict[str, Any] = error.get("details", {})


def _may_repeat(error: BaseException) -> bool:
    if isinstance(error, Refused):
        return error.status in REPEATABLE
    return isinstance(error, aiohttp.ClientError | TimeoutError | ConnectionError)


@dataclass
class User:
    """A signed-up user; `address` is the loopback address its connections come from."""

    base_url: str
    user_id: str
    address: str = "127.0.0.1"
    token: str = ""
    refresh_token: str = ""
    http: aiohttp.ClientSession = field(init=False)

    def __post_init__(self) -> None:
        self.http = self._session()

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(local_addr=(self.address, 0))
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20))

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, json: Any = None, **kwargs: Any) -> Any:
        """One call; the JSON answer, or Refused."""
        headers = {**(self.authorization if self.token else {}), **kwargs.pop("headers", {})}
        async with self.http.request(
            method, self.base_url + path, json=json, headers=headers, **kwargs
        ) as response:
            body = await response.json() if response.content_type == "application/json" else None
            if response.status >= 400:
                raise Refused(response.status, body)
            return body

    async def insist(self, method: str, path: str, json: Any = None) -> Any:
        """A call repeated through outages; only for what may safely be repeated."""
        repeating = AsyncRetrying(
            retry=retry_if_exception(_may_repeat), wait=wait_fixed(0.2), reraise=True
        )
        return await repeating(self.call, method, path, json)

    async def close(self) -> None:
        await self.http.close()


async def sign_up(base_url: str, name: str = "user", address: str = "127.0.0.1") -> User:
    """A new user with a name of its own, logged in."""
    user = User(base_url, f"{name}{uuid.uuid4().hex[:10]}", address)
    body = {"userId": user.user_id, "password": PASSWORD, "name": name.title()}
    await user.call("POST", "/user", body)
    tokens = await user.call("POST", "/user/login", {"userId": user.user_id, "password": PASSWORD})
    user.token, user.refresh_token = tokens["accessToken"], tokens["refreshToken"]
    return user


async def open_room(owner: User, *others: User, name: str = "room") -> str:
    """An open room with everybody in it; its id."""
    room = await owner.call("POST", "/chat", {"kind": "open", "name": name})
    for other in others:
        await other.insist("GET", f"/chat/{room['roomId']}")
    return str(room["roomId"])
