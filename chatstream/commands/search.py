"""The command `search`: the indices of the search looked after."""

from __future__ import annotations

import asyncio

import click

from chatstream.settings import ElasticSettings, load_settings


def register(group: click.Group) -> None:
    """Add `search` with `reindex`."""
    group.add_command(search)


@click.group()
def search() -> None:
    """Look after the search."""


@search.command("reindex")
def reindex() -> None:
    """Bring the indices of older mappings to this program's, beside those that serve, then switch.

    For a moment at the end of each month's the log service's writes wait. Whatever ends it before
    changes nothing that is searched; run again, it goes on where it was.
    """
    renewed = asyncio.run(_reindex(load_settings().elastic))
    click.echo(f"{renewed} indices were made anew" if renewed else "every index has this mapping")


async def _reindex(settings: ElasticSettings) -> int:
    from infra.elastic.client import connect  # noqa: PLC0415 (slow to load)
    from infra.elastic.reindex import Reindex  # noqa: PLC0415

    async with connect(settings) as client:
        return await Reindex(client, settings, click.echo).run()
