"""The command `stats`: the live tables checked, counted anew, and the words they count by."""

from __future__ import annotations

import asyncio
import sys

import click

from chatstream.commands.dictionary import dictionary
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings


def register(group: click.Group) -> None:
    """Add `stats` with `verify`, `dictionary` and `rebuild`."""
    group.add_command(stats)


@click.group()
def stats() -> None:
    """Look after the live tables."""


stats.add_command(dictionary)


@stats.command("verify")
@click.option("--partition", type=int, default=None, help="Only this one; else all of them.")
@click.option("--worker", multiple=True, help="Address of a stats worker; else the settings'.")
def verify(partition: int | None, worker: tuple[str, ...]) -> None:
    """Recount every word and minute from Postgres and compare; exit 1 when a count differs.

    Reads every message there is: minutes on a large system. The workers go on counting meanwhile.
    """
    settings = load_settings()
    workers = worker or settings.stats.workers
    if not workers:
        raise ConfigurationError("CHATSTREAM_STATS__WORKERS names no worker to ask")
    partitions = range(settings.kafka.partitions) if partition is None else [partition]
    wrong = asyncio.run(_verify(settings, workers, list(partitions)))
    click.echo("the tables are right" if not wrong else "the tables are wrong")
    if wrong:
        sys.exit(1)


async def _verify(settings: Settings, workers: tuple[str, ...], partitions: list[int]) -> int:
    """How many counts differ or partitions cannot be compared."""
    from chatstream.commands.verifying import Verifier  # noqa: PLC0415 (slow to load)
    from infra.postgres.facts import open_facts  # noqa: PLC0415
    from tables.followed import generations  # noqa: PLC0415

    known = await generations.read(settings.kafka)
    async with open_facts(settings) as facts:
        return await Verifier(facts, known, click.echo).wrong(workers, partitions)


@stats.command("rebuild")
def rebuild() -> None:
    """Count the tables anew by the newest dictionary, beside those that serve, then switch.

    Whatever ends it before the switch changes nothing: exit 1, and it may be run again.
    """
    from chatstream.commands.rebuild import run  # noqa: PLC0415 (slow to load)

    run(load_settings(), click.echo)
