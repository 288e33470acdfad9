"""HTTP calls of one logged-in user, and the repetition that the contract asks of clients."""

from __future__ import annotations

import math
import ssl
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

PASSWORD = "lantern-harbour-77"
# Answers after which a client repeats the same wish with the same id.
REPEATABLE = (429, 502, 503, 504)
# How a front refuses while too much waits, before anything is produced; a busy machine does so.
BUSY = "BUSY"
BUSY_SECONDS = 60.0
# Seconds after which a renewal that failed is tried again.
RENEW_AGAIN = 10.0


class Refused(Exception):
    """An answer outside 2xx that repeating does not mend."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.code = error.get("code")
        self.details: dict[str, Any] = error.get("details", {})


def _was_busy(error: BaseException) -> bool:
    return isinstance(error, Refused) and error.code == BUSY


def _may_repeat(error: BaseException) -> bool:
    if isinstance(error, Refused):
        return error.status in REPEATABLE
    return isinstance(error, aiohttp.ClientError | TimeoutError | ConnectionError)


@dataclass
class User:
    """A signed-up user; `address` is the loopback address its connections come from.

    Who has logged in gets new tokens when the access token has lived half its time. `trusting`
    checks the server's certificate where its address is https.
    """

    base_url: str
    user_id: str
    address: str = "127.0.0.1"
    token: str = ""
    refresh_token: str = ""
    renew_at: float = math.inf
    trusting: ssl.SSLContext | None = None
    http: aiohttp.ClientSession = field(init=False)

    def __post_init__(self) -> None:
        self.http = self._session()

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            local_addr=(self.address, 0), ssl=True if self.trusting is None else self.trusting
        )
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20))

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(self, method: str, path: str, json: Any = None, **kwargs: Any) -> Any:
        """One call, made again while the server is busy; the JSON answer, or Refused."""
        await self.stay_logged_in()
        headers = {**(self.authorization if self.token else {}), **kwargs.pop("headers", {})}
        asking = AsyncRetrying(
            retry=retry_if_exception(_was_busy),
            stop=stop_after_delay(BUSY_SECONDS),
            wait=wait_fixed(0.5),
            reraise=True,
        )
        return await asking(self._ask, method, path, json=json, headers=headers, **kwargs)

    async def _ask(self, method: str, path: str, **kwargs: Any) -> Any:
        async with self.http.request(method, self.base_url + path, **kwargs) as response:
            body = await response.json() if response.content_type == "application/json" else None
            if response.status >= 400:
                raise Refused(response.status, body)
            return body

    async def log_in(self) -> None:
        """A login with the password; like `call`."""
        credentials = {"userId": self.user_id, "password": PASSWORD}
        self._take(await self._ask("POST", "/user/login", json=credentials))

    def _take(self, tokens: Any) -> None:
        self.token, self.refresh_token = tokens["accessToken"], tokens["refreshToken"]
        self.renew_at = time.monotonic() + tokens["expiresIn"] / 2

    async def stay_logged_in(self) -> None:
        """New tokens when it is time; while there are none to be had the old one goes on.

        A refresh token is good once: when its answer was lost only the password helps.
        """
        if time.monotonic() < self.renew_at:
            return
        self.renew_at = time.monotonic() + RENEW_AGAIN
        renewing = {"refreshToken": self.refresh_token}
        try:
            self._take(await self._ask("POST", "/user/refresh", json=renewing))
        except (Refused, aiohttp.ClientError, TimeoutError, ConnectionError):
            with suppress(Refused, aiohttp.ClientError, TimeoutError, ConnectionError):
                await self.log_in()

    async def insist(self, method: str, path: str, json: Any = None) -> Any:
        """A call repeated through outages; only for what may safely be repeated."""
        repeating = AsyncRetrying(
            retry=retry_if_exception(_may_repeat), wait=wait_fixed(0.2), reraise=True
        )
        return await repeating(self.call, method, path, json)

    async def close(self) -> None:
        await self.http.close()


async def sign_up(
    base_url: str,
    name: str = "user",
    address: str = "127.0.0.1",
    trusting: ssl.SSLContext | None = None,
) -> User:
    """A new user with a name of its own, logged in."""
    user = User(base_url, f"{name}{uuid.uuid4().hex[:10]}", address, trusting=trusting)
    body = {"userId": user.user_id, "password": PASSWORD, "name": name.title()}
    await user.insist("POST", "/user", body)
    await user.log_in()
    return user


async def open_room(owner: User, *others: User, name: str = "room") -> str:
    """An open room with everybody in it; its id."""
    room = await owner.call("POST", "/chat", {"kind": "open", "name": name})
    for other in others:
        await other.insist("GET", f"/chat/{room['roomId']}")
    return str(room["roomId"])
