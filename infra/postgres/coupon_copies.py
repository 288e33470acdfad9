"""The copy of the accounts in the coupon database: how old each is."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.ports.coupons import KnownAccount
from infra.postgres.pool import Database

_KEEP = """
insert into accounts (account_id, created_at, fact_no)
select distinct on (a) a, c, f from unnest(%s::uuid[], %s::timestamptz[], %s::bigint[])
    as t (a, c, f) order by a, f desc
on conflict (account_id) do update
set created_at = excluded.created_at, fact_no = excluded.fact_no
where accounts.fact_no < excluded.fact_no
"""
# No fact comes after this number, so none brings the account back.
TOMBSTONE = """
insert into accounts (account_id, fact_no, erased)
select distinct a, 9223372036854775807, true from unnest(%s::uuid[]) as a order by 1
on conflict (account_id) do update
set created_at = null, erased = true, fact_no = excluded.fact_no
"""


class PostgresKnownAccounts:
    """ports.copies.CopyStore of accounts in the coupon database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, accounts: Sequence[KnownAccount], /) -> None:
        """See ports.copies.CopyStore."""
        if known := [each for each in accounts if each.created_at is not None]:
            columns = (
                [each.account_id for each in known],
                [each.created_at for each in known],
                [each.fact_no for each in known],
            )
            await self._database.fetch(_KEEP, columns)
        if gone := [each.account_id for each in accounts if each.created_at is None]:
            await self._database.fetch(TOMBSTONE, (gone,))
