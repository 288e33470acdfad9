"""What is told of a pool that nobody has opened, and of what its errors mean."""

from __future__ import annotations

import pytest

from chatstream.errors import Fenced, PoisonKind, PoisonMessage, TransientFailure
from chatstream.settings import PostgresSettings
from infra.postgres.metrics import failed
from infra.postgres.pool import Database
from tests.samples import Since

NAME = "of-a-test"


async def test_a_pool_tells_its_limit_before_it_is_opened() -> None:
    moved = Since()
    database = Database(NAME, "host=/nowhere", PostgresSettings(pool_size=7))
    assert moved("pool_connections_limit", database=NAME) == 7
    for state in ("used", "free"):
        assert moved("pool_connections", database=NAME, state=state) == 0
    await database.close()


async def test_a_database_that_is_away_is_counted_with_the_wait() -> None:
    moved = Since()
    database = Database(NAME, "host=/nowhere dbname=x", PostgresSettings())
    with pytest.raises(TransientFailure):
        await database.fetch("select 1")
    assert moved("pool_failures_total", database=NAME, reason="away") == 1
    assert moved("pool_wait_seconds_count", database=NAME) == 1
    assert moved("pool_use_seconds_count", database=NAME) == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TransientFailure("x"), "away"),
        (PoisonMessage("x", PoisonKind.STORE), "refused"),
        (Fenced("x"), "fenced"),
    ],
)
def test_errors_are_counted_by_what_they_mean(error: Exception, reason: str) -> None:
    moved = Since()
    failed(NAME, error)
    assert moved("pool_failures_total", database=NAME, reason=reason) == 1
