"""Claims of partitions of the table of posts, beside the lines that it follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatstream.domain.content.freshness import LineState
from infra.postgres.pool import Database

_CLAIM = """
insert into post_holders (partition, claim)
select p, 1 from unnest(%s::int[]) as p order by p
on conflict (partition) do update set claim = post_holders.claim + 1
returning partition, claim
"""
_LINES = """
select h.partition, coalesce(l.head, 0), h.claim from post_holders h
left join lines l on l.topic = %s and l.partition = h.partition
where h.partition = any (%s::int[])
"""


class PostgresPostHolders:
    """ports.hot_posts.PostHolders of the lines of a topic."""

    def __init__(self, database: Database, topic: str) -> None:
        self._database = database
        self._topic = topic

    async def claim(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """See ports.hot_posts.PostHolders."""
        return dict(await self._database.fetch(_CLAIM, (list(partitions),)))

    async def lines(self, partitions: Sequence[int]) -> Mapping[int, LineState]:
        """See ports.hot_posts.PostHolders."""
        rows = await self._database.fetch(_LINES, (self._topic, list(partitions)))
        return {partition: LineState(head, claim) for partition, head, claim in rows}
