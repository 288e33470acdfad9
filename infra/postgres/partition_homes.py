"""Which chat database holds which partition: a stored map, never computed from the number."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from chatstream.errors import ConfigurationError, TransientFailure
from infra.postgres.pool import Database

log = logging.getLogger(__name__)


async def read_homes(databases: Mapping[str, Database], partitions: int) -> dict[int, str]:
    """partition → database name, from the first chat database that answers.

    Every chat database holds the same rows, so one that is down does not stop a start. Raises
    TransientFailure when none answers, ConfigurationError when the map does not fit the settings.
    """
    failure: Exception | None = None
    for database in databases.values():
        try:
            rows = await database.fetch("select partition, database from homes")
        except TransientFailure as error:
            failure = error
            log.warning("the map of homes is not to be had here: %s", error)
            continue
        return _checked({int(p): str(name) for p, name in rows}, databases, partitions)
    raise TransientFailure("no chat database answered for the map of homes") from failure


def _checked(
    homes: dict[int, str], databases: Mapping[str, Database], partitions: int
) -> dict[int, str]:
    missing = sorted(set(range(partitions)) - homes.keys())
    unknown = sorted(set(homes.values()) - databases.keys())
    if missing or unknown:
        raise ConfigurationError(
            f"homes: partitions without a database: {missing}, databases without a connection: "
            f"{unknown}; run `python -m chatstream migrate` with the same CHATSTREAM_POSTGRES__CHAT"
        )
    return homes
