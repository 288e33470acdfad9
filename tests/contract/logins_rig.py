"""Accounts and their logins, over the fake and over Postgres."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

from chatstream.ports.accounts import AccountWish
from chatstream.ports.logins import Rotation, SessionStore
from infra.postgres.accounts import PostgresAccounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.pool import Database
from infra.postgres.sessions import PostgresSessions
from schemas.contexts.accounts import ACCOUNT
from tests.fakes.accounts import FakeAccounts, FakeClock, FakeHandleKey, FakeSessions

DAY = 86_400
KEYS = (b"key",)
ERASE = "update accounts set erased_at = now() where account_id = %s::uuid"


class World(Protocol):
    """Accounts and their logins; what happened can be made to have happened earlier."""

    sessions: SessionStore

    async def sign_up(self) -> str: ...

    async def erase(self, account_id: str) -> None:
        """Only what a login looks at: the account is a tombstone."""
        ...

    async def older(self, seconds: float) -> None: ...

    async def tokens(self, sid: str) -> list[bool]:
        """Of every token that is kept of a login whether it has been used."""
        ...

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        """A token as a former version kept it: one of several after the same one."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = FakeAccounts()
        self.fake = FakeSessions(self.accounts, self.clock)
        self.sessions: SessionStore = self.fake

    async def sign_up(self) -> str:
        account_id = str(uuid4())
        self.accounts.add(account_id, f"u{uuid4().hex}", "민수", "hash")
        return account_id

    async def erase(self, account_id: str) -> None:
        held = self.accounts.by_handle.items()
        self.accounts.by_handle = {k: v for k, v in held if v.account.account_id != account_id}

    async def older(self, seconds: float) -> None:
        self.clock.now += seconds

    async def tokens(self, sid: str) -> list[bool]:
        return [one.used_at is not None for one in self.fake.tokens.values() if one.sid == sid]

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        self.fake._add(sid, token, parent)


class PostgresWorld:
    def __init__(self, database: Database) -> None:
        self.database = database
        lines = LineEpochs(database, ACCOUNT.response.name)
        self.accounts = PostgresAccounts(database, lines, FakeHandleKey())
        self.sessions: SessionStore = PostgresSessions(database, 30 * DAY)

    async def sign_up(self) -> str:
        handle = f"u{uuid4().hex[:20]}"
        wish = AccountWish(0, str(uuid4()), str(uuid4()), handle, "민수", "hash")
        await self.accounts.carry_out(1, [wish])
        return wish.account_id

    async def erase(self, account_id: str) -> None:
        await self.database.fetch(ERASE, (account_id,))

    async def older(self, seconds: float) -> None:
        await self.database.fetch(
            "with by as (select %s * interval '1 second' as age), tokens as ("
            " update refresh_tokens set used_at = used_at - age, expires_at = expires_at - age"
            " from by) update sessions set revoked_at = revoked_at - age from by",
            (seconds,),
        )

    async def tokens(self, sid: str) -> list[bool]:
        rows = await self.database.fetch(
            "select used_at is not null from refresh_tokens where sid = %s::uuid", (sid,)
        )
        return [used for (used,) in rows]

    async def add(self, sid: str, token: bytes, parent: bytes) -> None:
        await self.database.fetch(
            "insert into refresh_tokens (token_hash, sid, parent, expires_at)"
            " values (%s, %s::uuid, %s, now() + interval '1 day')",
            (token, sid, parent),
        )


def after(token: bytes, keys: Sequence[bytes] = KEYS) -> list[bytes]:
    return [hmac.digest(key, token, "sha256") for key in keys]


async def log_in(world: World) -> tuple[str, bytes]:
    sid, token = str(uuid4()), secrets.token_bytes(32)
    await world.sessions.open(sid, await world.sign_up(), token)
    return sid, token


async def refresh(world: World, token: bytes, keys: Sequence[bytes] = KEYS) -> Rotation:
    return await world.sessions.rotate(token, after(token, keys))
