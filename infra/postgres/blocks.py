"""The copy of the blocks in a chat database."""

from __future__ import annotations

from collections.abc import Sequence

from chatstream.ports.blocks import BlockNews
from infra.postgres.pool import Database

_UPSERT = """
insert into block_facts (blocker_id, blocked_id, fact_no, holds)
select distinct on (a, b) a, b, f, h
from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::boolean[]) as t (a, b, f, h)
order by a, b, f desc
on conflict (blocker_id, blocked_id) do update
set fact_no = excluded.fact_no, holds = excluded.holds
where block_facts.fact_no < excluded.fact_no
"""


class PostgresBlocks:
    """ports.copies.CopyStore of blocks in one chat database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, news: Sequence[BlockNews], /) -> None:
        """See ports.copies.CopyStore."""
        await self._database.fetch(
            _UPSERT,
            (
                [one.blocker_id for one in news],
                [one.blocked_id for one in news],
                [one.fact_no for one in news],
                [one.holds for one in news],
            ),
        )
