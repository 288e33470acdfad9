"""The copy of the mutes in a chat database."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.ports.sanctions import Mute
from infra.postgres.pool import Database, Transaction

_UPSERT = """
insert into mutes (sanction_id, account_id, room_id, reason, until, forget_at, fact_no)
values (%s::uuid, %s::uuid, %s::uuid, %s, %s::timestamptz, %s::timestamptz, %s)
on conflict (sanction_id) do update set until = excluded.until, fact_no = excluded.fact_no
where mutes.fact_no < excluded.fact_no
"""
_FORGET = """
delete from mutes where sanction_id in (select sanction_id from mutes
    where forget_at < clock_timestamp() - interval '1 day' order by forget_at limit 100)
"""


class PostgresMutes:
    """ports.sanctions.MuteStore in one chat database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, mutes: Sequence[Mute]) -> None:
        """See ports.sanctions.MuteStore; forgets some that have ended long ago."""

        async def work(transaction: Transaction) -> None:
            for mute in mutes:
                await transaction.fetch(
                    _UPSERT,
                    (
                        mute.sanction_id,
                        mute.account_id,
                        mute.room_id,
                        mute.reason,
                        mute.until,
                        mute.forget_at,
                        mute.fact_no,
                    ),
                )
            await transaction.fetch(_FORGET)

        await self._database.in_transaction(work)
