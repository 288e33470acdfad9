"""The copy of the mutes in a chat database."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.ports.sanctions import Mute, RoomMute
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

# Their rows stay for a day longer than they could have held.
LIFTED = """
select sanction_id::text from mutes
where sanction_id = any (%s::uuid[]) and until <= clock_timestamp()
"""
_LIFTED_OF = """
select distinct t.n
from unnest(%s::int[], %s::uuid[], %s::uuid[], %s::timestamptz[]) as t (n, account, room, ends)
join mutes m on m.account_id = t.account and m.room_id = t.room and m.forget_at = t.ends
where m.until < m.forget_at
"""


class PostgresMutes:
    """ports.sanctions.MuteStore in one chat database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, mutes: Sequence[Mute], /) -> None:
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

    async def lifted(self, held: Sequence[RoomMute]) -> Sequence[RoomMute]:
        """See ports.sanctions.MuteStore."""
        columns = zip(
            *((n, one.account_id, one.room_id, one.until) for n, one in enumerate(held)),
            strict=True,
        )
        rows = await self._database.fetch(_LIFTED_OF, tuple(map(list, columns)))
        return [held[n] for (n,) in rows]
