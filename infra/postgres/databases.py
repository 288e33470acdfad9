"""The databases of a service: connections by name, and the map of homes once it is read."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from chatstream.errors import TransientFailure
from chatstream.settings import Settings
from infra.postgres.partition_homes import read_homes
from infra.postgres.pool import Database
from schemas.databases import AUTH, CHAT, Lineage, dsns_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Databases:
    """The chat databases, and `homes` (partition → database name), empty until `open`."""

    settings: Settings
    chat: dict[str, Database]
    homes: dict[int, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Read the homes; waits, for ever if need be, until a chat database answers."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TransientFailure),
            wait=wait_exponential_jitter(multiplier=0.2, max=3),
            before_sleep=before_sleep_log(log, logging.WARNING),
        )
        partitions = self.settings.kafka.partitions
        self.homes.update(await retrying(read_homes, self.chat, partitions))

    async def close(self) -> None:
        """Close every connection."""
        for database in self.chat.values():
            await database.close()


def chat_databases(settings: Settings) -> Databases:
    """The chat databases of the settings, not yet connected."""
    postgres = settings.postgres
    return Databases(
        settings,
        {
            name: Database(name, dsn, postgres, settings.worker_name)
            for name, dsn in dsns_of(postgres, CHAT).items()
        },
    )


def auth_database(settings: Settings) -> Database:
    """The auth database of the settings, not yet connected."""
    return single_database(settings, AUTH)


def single_database(settings: Settings, lineage: Lineage) -> Database:
    """The database of a lineage that is not sharded, not yet connected."""
    dsn = dsns_of(settings.postgres, lineage)[lineage.name]
    return Database(lineage.name, dsn, settings.postgres, settings.worker_name)
