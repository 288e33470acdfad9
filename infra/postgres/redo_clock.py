"""A clock that a database is told: what is done again takes the time that it had.

Functions and statements ask `clock_timestamp()` without saying whose. Where the schema of this
clock comes first in the search path, it is ours; everybody else has the server's.
"""

from __future__ import annotations

from infra.postgres.pool import Database

_MAKE = (
    "create schema if not exists redo",
    """
create or replace function redo.clock_timestamp() returns timestamptz language sql stable as
$$ select coalesce(nullif(current_setting('redo.moment', true), '')::timestamptz,
    pg_catalog.clock_timestamp()) $$
""",
)
_SET = """
select set_config('search_path', 'redo, public, pg_catalog', false),
    set_config('redo.moment', %s, false), set_config('synchronous_commit', %s, false)
"""
_DROP = "drop schema if exists redo cascade"


async def make(database: Database) -> None:
    """Make the clock; it shows the server's time until it is set."""
    for statement in _MAKE:
        await database.fetch(statement)


async def show(database: Database, moment: str) -> None:
    """Let it show this moment on the pool's one connection, which does not wait for the disk."""
    await database.fetch(_SET, (moment, "off"))


async def drop(database: Database) -> None:
    """Take it away; what was written is on the disk when this returns."""
    await database.fetch(_SET, ("", "on"))
    await database.fetch(_DROP)
