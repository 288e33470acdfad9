"""A database that refuses connections over TCP, as a container does that is starting again."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter

import uvloop

from chatstream.errors import TransientFailure
from chatstream.settings import PostgresSettings
from infra.postgres.pool import Database

DATABASES, TRIES = 3, 40


def closed_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def outcomes(port: int) -> Counter[str]:
    """What each of several databases says, tried again and again at the same time."""
    found: Counter[str] = Counter()

    async def insist(database: Database) -> None:
        for _ in range(TRIES):
            try:
                await database.fetch("select 1")
            except (TransientFailure, RuntimeError) as error:
                found[type(error).__name__] += 1
        await database.close()

    dsn = f"host=127.0.0.1 port={port} user=nobody dbname=nothing"
    each = (Database(f"chat-{n}", dsn, PostgresSettings()) for n in range(DATABASES))
    await asyncio.gather(*map(insist, each))
    return found


def test_each_refusal_is_an_outage_on_the_loop_of_the_services() -> None:
    """uvloop keeps a closed handle for the number of a refused socket, which the next one has."""
    assert uvloop.run(outcomes(closed_port())) == {"TransientFailure": DATABASES * TRIES}
