"""Failed logins in the auth database, counted over all processes. Used by front-auth alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from chatstream.domain.sessions import LoginLimit, seconds_until_allowed
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings
from infra.postgres.pool import Database, Transaction

_ACCOUNT_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0)), clock_timestamp()"
# A login under way counts against its account like a failed one, so that many at once cannot all
# begin before the first has failed; against an address only failed ones count.
_OF_ACCOUNT = """
    select at from login_attempts where account_key = %s and at > %s order by at desc limit %s
"""
_OF_ADDRESS = """
    select at from login_attempts where address = %s::inet and at > %s and failed
    order by at desc limit %s
"""
_ADD = """
    insert into login_attempts (account_key, address) values (%s, %s::inet) returning attempt
"""


class PostgresLoginAttempts:
    """ports.logins.LoginAttempts."""

    def __init__(self, database: Database, limits: LimitSettings) -> None:
        self._database = database
        self._account = LoginLimit(limits.failed_logins_per_account, timedelta(minutes=15))
        self._address = LoginLimit(limits.failed_logins_per_address, timedelta(hours=1))

    async def begin(self, user_id: str, address: str) -> int:
        """See ports.logins.LoginAttempts."""
        key = sha256(user_id.encode()).digest()

        async def work(transaction: Transaction) -> tuple[int, float]:
            now: datetime = (await transaction.fetch(_ACCOUNT_LOCK, (key.hex(),)))[0][1]
            for sql, subject, limit in (
                (_OF_ACCOUNT, key, self._account),
                (_OF_ADDRESS, address, self._address),
            ):
                rows = await transaction.fetch(sql, (subject, now - limit.window, limit.most))
                wait = seconds_until_allowed([at for (at,) in rows], limit, now)
                if wait:
                    return 0, wait
            added = await transaction.fetch(_ADD, (key, address))
            return int(added[0][0]), 0.0

        attempt, wait = await self._database.in_transaction(work)
        if wait:
            raise UserError(ErrorCode.RATE_LIMITED, "too many failed logins", retry_after=wait)
        return attempt

    async def fail(self, attempt: int) -> None:
        """See ports.logins.LoginAttempts."""
        await self._database.fetch(
            "update login_attempts set failed = true where attempt = %s", (attempt,)
        )

    async def forget(self, attempt: int) -> None:
        """See ports.logins.LoginAttempts."""
        await self._database.fetch("delete from login_attempts where attempt = %s", (attempt,))
