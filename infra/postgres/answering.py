"""Whether a database answers, over one connection beside its pool."""

from __future__ import annotations

from chatstream.settings import Settings
from infra.postgres.pool import Database


class PostgresAnswer:
    """See chatstream.ports.overview.Answering."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def answer(self) -> None:
        """See the port."""
        await self.database.fetch("select 1")

    async def close(self) -> None:
        """Close the connection."""
        await self.database.close()


def every_database(settings: Settings) -> dict[str, PostgresAnswer]:
    """Every database of the settings by its name, not yet connected; one connection each."""
    single = settings.postgres.model_copy(update={"pool_size": 1})
    return {
        name: PostgresAnswer(Database(name, dsn, single, settings.worker_name))
        for databases in settings.postgres.lineages.values()
        for name, dsn in databases.items()
    }
