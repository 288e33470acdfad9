"""The databases of a service: connections by name, and the map of homes once it is read."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial

from chatstream.domain.backoff import Backoff
from chatstream.settings import Settings
from infra.postgres.partition_homes import read_homes
from infra.postgres.pool import Database
from infra.retrying import retried, warn
from schemas.databases import AUTH, CHAT, Lineage, dsns_of

log = logging.getLogger(__name__)

FIRST = 0.2
MOST = 3.0


@dataclass(frozen=True)
class Databases:
    """The chat databases, and `homes` (partition → database name), empty until `open`."""

    settings: Settings
    chat: dict[str, Database]
    homes: dict[int, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Read the homes; waits, for ever if need be, until a chat database answers."""
        read = partial(read_homes, self.chat, self.settings.kafka.partitions)
        told = warn(log, "reading where the rooms live")
        self.homes.update(await retried(read, Backoff(FIRST, MOST), told=told))

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
