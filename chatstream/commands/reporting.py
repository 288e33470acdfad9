"""The command `reporting`: the capture set up, and its copy compared with the sources."""

from __future__ import annotations

import asyncio
import sys
import time
from functools import partial

import click

from chatstream.domain.backoff import Backoff
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings

_SHOWN = 10
_AGAIN = 2.0
_PATIENCE = 120.0


def register(group: click.Group) -> None:
    """Add `reporting` with `connect`, `dsn` and `verify`."""
    group.add_command(reporting)


@click.group()
def reporting() -> None:
    """Look after the reporting database, where it is run."""


@reporting.command("connect")
def connect() -> None:
    """Give Postgres the role and the publication, and Connect the connectors. Idempotent.

    Waits while Connect is starting.
    """
    settings = load_settings()
    _require(settings)
    asyncio.run(_connect(settings))
    click.echo("the connectors are as they should be")


async def _connect(settings: Settings) -> None:
    from infra.connect.connectors import connector  # noqa: PLC0415 (slow to load)
    from infra.connect.rest import ConnectRest  # noqa: PLC0415
    from infra.postgres.capture import prepare  # noqa: PLC0415
    from infra.retrying import retried  # noqa: PLC0415
    from schemas.cdc import LINEAGES  # noqa: PLC0415
    from schemas.databases import dsns_of  # noqa: PLC0415

    rest = ConnectRest(settings.cdc.connect_url)
    for lineage in LINEAGES:
        for name, dsn in dsns_of(settings.postgres, lineage).items():
            await asyncio.to_thread(
                prepare, lineage.name, dsn, settings.cdc.password.get_secret_value()
            )
            configuration = connector(
                lineage.name,
                name,
                settings.postgres.told[lineage.name][name],
                password=settings.cdc.connect_lookup,
                replication=settings.kafka.replication,
            )
            put = partial(rest.put, name, configuration)
            await retried(put, Backoff(1.0, 5.0), within=_PATIENCE)
            click.echo(f"{name} is captured")


@reporting.command("dsn")
def dsn() -> None:
    """Print the libpq string of the reporting database, without its password."""
    settings = load_settings()
    _require(settings)
    click.echo(settings.postgres.told["reporting"]["reporting"])


@reporting.command("verify")
@click.option("--within", default=60.0, show_default=True, help="Seconds to let it catch up.")
def verify(within: float) -> None:
    """Compare every row with its source; exit 1 when one differs for so long.

    Rows that people change meanwhile differ for a moment, so what differs is looked at again.
    """
    from chatstream.domain.captured_differences import counted  # noqa: PLC0415
    from infra.postgres.reporting_differences import compare  # noqa: PLC0415 (slow to load)

    settings = load_settings()
    _require(settings)
    deadline = time.monotonic() + within
    while (found := compare(settings.postgres)) and time.monotonic() < deadline:
        time.sleep(_AGAIN)
    for each in found[:_SHOWN]:
        click.echo(f"{each.table}: {each.what} {each.key}")
    for table, count in counted(found):
        click.echo(f"{table}: {count} rows differ")
    if found:
        sys.exit(1)
    click.echo("every row is as in its source")


def _require(settings: Settings) -> None:
    if "reporting" not in settings.postgres.lineages:
        raise ConfigurationError("there is no reporting database here: make run CDC=1 has one")
