"""The copy of the accounts in a database of another context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatstream.ports.accounts import Names, Profile
from infra.postgres.pool import Database

_UPSERT = """
insert into profiles (account_id, user_id, name, fact_no)
select distinct on (a) a, u, n, f from unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[])
    as t (a, u, n, f) order by a, f desc
on conflict (account_id) do update
set user_id = excluded.user_id, name = excluded.name, fact_no = excluded.fact_no
where profiles.fact_no < excluded.fact_no
"""
_NAMES = """
select account_id::text, user_id, name from profiles
where account_id = any (%s::uuid[])
"""
# No fact comes after this number, so none brings the profile back.
TOMBSTONE = """
insert into profiles (account_id, fact_no, erased)
select distinct a, 9223372036854775807, true from unnest(%s::uuid[]) as a order by 1
on conflict (account_id) do update set user_id = null, name = null, erased = true,
    fact_no = excluded.fact_no
"""


class PostgresProfiles:
    """ports.copies.CopyStore of profiles in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, profiles: Sequence[Profile], /) -> None:
        """See ports.copies.CopyStore."""
        if known := [each for each in profiles if each.user_id is not None]:
            columns = (
                [each.account_id for each in known],
                [each.user_id for each in known],
                [each.name for each in known],
                [each.fact_no for each in known],
            )
            await self._database.fetch(_UPSERT, columns)
        if gone := [each.account_id for each in profiles if each.user_id is None]:
            await self._database.fetch(TOMBSTONE, (gone,))


class PostgresProfileReader:
    """ports.accounts.ProfileReader; every chat database has all profiles, the first is asked."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases

    async def names(self, account_ids: Sequence[str]) -> Mapping[str, Names]:
        """See ports.accounts.ProfileReader."""
        if not account_ids:
            return {}
        database = next(iter(self._databases.values()))
        rows = await database.fetch(_NAMES, (list(account_ids),))
        return {account_id: (user_id, name) for account_id, user_id, name in rows}
