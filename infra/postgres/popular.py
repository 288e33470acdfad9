"""What was seen and liked most in the last day, recounted."""

from __future__ import annotations

from chatstream.domain.content.popular import LIKE_WEIGHT, WINDOW
from infra.postgres.pool import Database, Transaction

KEPT = 500
"""So many posts are ranked; who blocks some of their authors sees fewer."""

_FORGET = "delete from popular"
# Equal scores: the newer post comes first.
_COUNT = """
insert into popular (place, content_id, score, counted_at)
select row_number() over (order by score desc, first_published_at desc, content_id desc),
    content_id, score, clock_timestamp()
from (
    select content_id, sum(points)::int as score from (
        select content_id, 1 as points from views where at > clock_timestamp() - %(window)s
        union all
        select content_id, %(like)s from likes where at > clock_timestamp() - %(window)s
    ) as told group by content_id
) as summed join contents using (content_id) where published_version is not null
order by score desc, first_published_at desc, content_id desc limit %(kept)s
"""


class PostgresPopular:
    """ports.feeds.PopularCount."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recount(self) -> None:
        """See ports.feeds.PopularCount."""

        async def work(transaction: Transaction) -> None:
            # Two workers at once, while a partition moves, count one after the other.
            await transaction.fetch("lock table popular in share row exclusive mode")
            await transaction.fetch(_FORGET)
            bounds = {"window": WINDOW, "like": LIKE_WEIGHT, "kept": KEPT}
            await transaction.fetch(_COUNT, bounds)

        await self._database.in_transaction(work)
