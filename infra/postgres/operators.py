"""Who is an operator, in the auth database. Used by the command alone."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.domain.times import to_text
from chatstream.ports.accounts import Account
from chatstream.ports.logins import Revoked
from infra.postgres.accounts import as_account
from infra.postgres.pool import Database, Transaction

_LIST = """
select account_id::text, user_id, name, role, created_at from accounts
where role = 'operator' order by user_id
"""
_SET = "update accounts set role = %s where user_id = %s returning account_id::text"
_END_LOGINS = """
update sessions set revoked_at = clock_timestamp()
where account_id = %s::uuid and revoked_at is null and expires_at > clock_timestamp()
returning sid::text, account_id::text, revoked_at
"""
_ANNOUNCED = "update sessions set announced_at = clock_timestamp() where sid = any (%s::uuid[])"


class PostgresOperators:
    """Gives and takes the role; an account's next access token carries it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def operators(self) -> Sequence[Account]:
        """Every operator, by handle."""
        return [as_account(row) for row in await self._database.fetch(_LIST)]

    async def add(self, user_id: str) -> bool:
        """Make the account an operator from its next refresh on; False when there is none."""
        return bool(await self._database.fetch(_SET, ("operator", user_id)))

    async def remove(self, user_id: str) -> Sequence[Revoked] | None:
        """Take the role and end the account's logins; None when there is no such account.

        The fronts learn of the ends from the records that the caller produces, or within seconds
        from front-auth, which tells of every end that nobody told of.
        """

        async def work(transaction: Transaction) -> Sequence[Revoked] | None:
            rows = await transaction.fetch(_SET, ("user", user_id))
            if not rows:
                return None
            ended = await transaction.fetch(_END_LOGINS, (rows[0][0],))
            return [Revoked(sid, account_id, to_text(at)) for sid, account_id, at in ended]

        return await self._database.in_transaction(work)

    async def announced(self, ended: Sequence[Revoked]) -> None:
        """Remember that the ends of these logins are on the topic."""
        await self._database.fetch(_ANNOUNCED, ([one.sid for one in ended],))
