"""The accounts of a batch in the content database: held, so that an erasure waits for it."""

from __future__ import annotations

from collections.abc import Iterable

from infra.postgres.fact_line import LineBatch

# One that writes before its fact came has fact 0.
_ENTER = """
insert into profiles (account_id) select a from unnest(%s::uuid[]) as a order by a
on conflict do nothing
"""
_HOLD = """
select account_id::text, erased from profiles where account_id = any (%s::uuid[])
order by account_id for share
"""


async def hold_accounts(batch: LineBatch, account_ids: Iterable[str]) -> frozenset[str]:
    """Those of the accounts that are erased; of the others no tombstone comes before the commit."""
    ids = sorted(set(account_ids))
    await batch.fetch(_ENTER, (ids,))
    rows = await batch.fetch(_HOLD, (ids,))
    return frozenset(account_id for account_id, is_erased in rows if is_erased)
