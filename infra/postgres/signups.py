"""Which signups were answered, in the auth database. Used by front-auth alone."""

from __future__ import annotations

from chatstream.ports.accounts import UntoldSignup
from infra.postgres.accounts import as_account
from infra.postgres.pool import Database

_UNTOLD = """
select a.account_id::text, a.user_id, a.name, a.role, a.created_at, f.fact_no,
    extract(epoch from clock_timestamp() - a.created_at)::float8
from accounts a
join account_facts f on f.account_id = a.account_id and f.kind = 'accountCreated'
where a.user_id = %s and a.erased_at is null
    and a.created_at > clock_timestamp() - interval '1 day'
    and not exists (select 1 from told_signups t where t.account_id = a.account_id)
"""
# Of two at once the second waits for the first, inserts nothing, and does not see its row.
_TELL = """
with told as (
    insert into told_signups (account_id, told_to) values (%s::uuid, %s::uuid)
    on conflict do nothing returning told_to
)
select told_to::text from told
union all
select told_to::text from told_signups where account_id = %s::uuid
"""


class PostgresSignups:
    """ports.accounts.SignupAnswers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold(self, user_id: str) -> UntoldSignup | None:
        """See ports.accounts.SignupAnswers."""
        rows = await self._database.fetch(_UNTOLD, (user_id,))
        return UntoldSignup(as_account(rows[0][:5]), *rows[0][5:]) if rows else None

    async def tell(self, account_id: str, caller: str) -> bool:
        """See ports.accounts.SignupAnswers."""
        rows = await self._database.fetch(_TELL, (account_id, caller, account_id))
        return (caller,) in rows
