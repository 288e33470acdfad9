"""Logins in the auth database: chains of refresh tokens. Used by front-auth alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chatstream.domain.sessions import Presented, RefreshVerdict, judge
from chatstream.domain.times import to_text
from chatstream.ports.accounts import Account
from chatstream.ports.logins import Revoked, Rotation
from infra.postgres.accounts import as_account
from infra.postgres.pool import Database, Transaction

# The lock lets no erasure and no change of the role pass between the account and its new login.
_OPEN = """
    with holder as materialized (
        select * from accounts where account_id = %s::uuid and erased_at is null for share
    ), opened as (
        insert into sessions (sid, account_id, expires_at)
        select %s::uuid, account_id, clock_timestamp() + %s from holder
    )
    select account_id::text, user_id, name, role, created_at from holder
"""
_ADD = """
    insert into refresh_tokens (token_hash, sid, parent, expires_at)
    values (%s, %s::uuid, %s, clock_timestamp() + %s)
"""
# The login's row is the lock of its chain; what is judged is read after it is held.
_LOCK = """
    select sid::text from sessions
    where sid = (select sid from refresh_tokens where token_hash = %s) for update
"""
_PRESENTED = """
    select t.expires_at, t.used_at, s.revoked_at is not null,
        exists (select 1 from refresh_tokens c where c.parent = t.token_hash
            and c.used_at is not null),
        (select c.token_hash from refresh_tokens c where c.parent = t.token_hash
            and c.token_hash = any (%s::bytea[])),
        clock_timestamp()
    from refresh_tokens t join sessions s using (sid) where t.token_hash = %s
"""
# Logins of former versions may have several unused tokens: the first to be used is the one.
_USE = """
    update refresh_tokens set used_at = clock_timestamp() where sid = %s::uuid and used_at is null
"""
_EXTEND = """
    update sessions set expires_at = clock_timestamp() + %s where sid = %s::uuid
"""
_ACCOUNT = """
    select a.account_id::text, a.user_id, a.name, a.role, a.created_at
    from sessions s join accounts a using (account_id) where s.sid = %s::uuid
"""
_REVOKE = """
    update sessions set revoked_at = clock_timestamp()
    where sid = %s::uuid and revoked_at is null
    returning sid::text, account_id::text, revoked_at
"""
_UNANNOUNCED = """
    select sid::text, account_id::text, revoked_at from sessions
    where revoked_at < clock_timestamp() - interval '2 seconds' and announced_at is null
    order by revoked_at limit 100
"""
_UNANNOUNCED_OF = """
select sid::text, account_id::text, revoked_at from sessions
where account_id = %s::uuid and revoked_at is not null and announced_at is null
"""
_ANNOUNCED = "update sessions set announced_at = clock_timestamp() where sid = %s::uuid"
_PURGE_SESSIONS = """
    delete from sessions where sid in (
        select sid from sessions where expires_at < clock_timestamp() - interval '1 day'
        and (revoked_at is null or announced_at is not null) order by expires_at limit 1000)
"""
_PURGE_ATTEMPTS = """
    delete from login_attempts where attempt in (
        select attempt from login_attempts where at < clock_timestamp() - interval '1 hour'
        order by at limit 10000)
"""
_PURGE_SIGNUPS = """
    delete from told_signups where account_id in (
        select account_id from told_signups where at < clock_timestamp() - interval '2 days'
        order by at limit 10000)
"""


class PostgresSessions:
    """ports.logins.SessionStore; a login that is not renewed for `refresh_ttl` seconds ends."""

    def __init__(self, database: Database, refresh_ttl: int) -> None:
        self._database = database
        self._ttl = timedelta(seconds=refresh_ttl)

    async def open(self, sid: str, account_id: str, token_hash: bytes) -> Account | None:
        """See ports.logins.SessionStore."""

        async def work(transaction: Transaction) -> Account | None:
            rows = await transaction.fetch(_OPEN, (account_id, sid, self._ttl))
            if not rows:
                return None
            await transaction.fetch(_ADD, (token_hash, sid, None, self._ttl))
            return as_account(rows[0])

        return await self._database.in_transaction(work)

    async def rotate(self, token_hash: bytes, successors: Sequence[bytes]) -> Rotation:
        """See ports.logins.SessionStore."""

        async def work(transaction: Transaction) -> Rotation:
            locked = await transaction.fetch(_LOCK, (token_hash,))
            found = await transaction.fetch(_PRESENTED, (list(successors), token_hash))
            if not locked or not found:  # the second: an erasure took the tokens meanwhile
                return Rotation(None)
            sid, (token, known, now) = locked[0][0], _presented(found[0])
            verdict = judge(token, now)
            if verdict is RefreshVerdict.REVOKE:
                ended = await transaction.fetch(_REVOKE, (sid,))
                return Rotation(None, sid, revoked=_revoked(ended))
            if verdict is RefreshVerdict.REFUSE:
                return Rotation(None, sid)
            if verdict is RefreshVerdict.ROTATE:
                await self._use(transaction, sid, token_hash, successors[0])
            rows = await transaction.fetch(_ACCOUNT, (sid,))
            return Rotation(as_account(rows[0]), sid, known or successors[0])

        return await self._database.in_transaction(work)

    async def _use(
        self, transaction: Transaction, sid: str, token_hash: bytes, successor: bytes
    ) -> None:
        await transaction.fetch(_USE, (sid,))
        await transaction.fetch(_ADD, (successor, sid, token_hash, self._ttl))
        await transaction.fetch(_EXTEND, (self._ttl, sid))

    async def revoke(self, sid: str) -> Revoked | None:
        """See ports.logins.SessionStore."""
        return _revoked(await self._database.fetch(_REVOKE, (sid,)))

    async def unannounced(self) -> Sequence[Revoked]:
        """See ports.logins.SessionStore."""
        rows = await self._database.fetch(_UNANNOUNCED)
        return [Revoked(sid, account_id, to_text(at)) for sid, account_id, at in rows]

    async def unannounced_of(self, account_id: str) -> Sequence[Revoked]:
        """See ports.logins.SessionStore."""
        rows = await self._database.fetch(_UNANNOUNCED_OF, (account_id,))
        return [Revoked(sid, account, to_text(at)) for sid, account, at in rows]

    async def announced(self, sid: str) -> None:
        """See ports.logins.SessionStore."""
        await self._database.fetch(_ANNOUNCED, (sid,))

    async def purge(self) -> None:
        """See ports.logins.SessionStore."""
        await self._database.fetch(_PURGE_SESSIONS)
        await self._database.fetch(_PURGE_ATTEMPTS)
        await self._database.fetch(_PURGE_SIGNUPS)


def _presented(
    row: tuple[datetime, datetime | None, bool, bool, memoryview | None, datetime],
) -> tuple[Presented, bytes, datetime]:
    """The token, the successor that it can be answered with again, and the moment."""
    expires_at, used_at, revoked, successor_used, successor, now = row
    known = bytes(successor or b"")
    return Presented(expires_at, used_at, successor_used, known != b"", revoked), known, now


def _revoked(rows: Sequence[tuple[str, str, datetime]]) -> Revoked | None:
    if not rows:
        return None
    sid, account_id, at = rows[0]
    return Revoked(sid, account_id, to_text(at.astimezone(UTC)))
