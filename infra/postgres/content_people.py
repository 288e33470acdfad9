"""Authors by their handle, from the copy of the accounts beside the posts."""

from __future__ import annotations

from chatstream.ports.content_people import Author
from infra.postgres.pool import Database

_AUTHOR = """
select account_id::text, user_id, name from profiles where user_id = %s and not erased
"""


class PostgresAuthors:
    """ports.content_people.AuthorReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def author(self, user_id: str) -> Author | None:
        """See ports.content_people.AuthorReader."""
        rows = await self._database.fetch(_AUTHOR, (user_id,))
        return next((Author(*row) for row in rows), None)
