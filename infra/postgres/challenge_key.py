"""The key of the challenges of proof of work, which all fronts share."""

from __future__ import annotations

from chatstream.errors import ConfigurationError
from infra.postgres.pool import Database

_KEY = "select key from challenge_keys"


class PostgresChallengeKey:
    """Reads the key once; `migrate` has made it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: bytes | None = None

    async def key(self) -> bytes:
        """The key; TransientFailure while it was not read and the database is away."""
        if self._key is None:
            rows = await self._database.fetch(_KEY)
            if not rows:
                raise ConfigurationError("the coupon database has no challenge key: run migrate")
            self._key = bytes(rows[0][0])
        return self._key
