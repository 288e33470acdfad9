"""The command `content`: what people publish, looked after."""

from __future__ import annotations

import asyncio

import click

from chatstream.domain.content.documents import POSTS
from chatstream.domain.documents import CONTENTS
from chatstream.errors import TransientFailure
from chatstream.settings import Settings, load_settings
from schemas import databases


def register(group: click.Group) -> None:
    """Add `content` with `reindex`."""
    group.add_command(content)


@click.group()
def content() -> None:
    """Look after what people publish."""


@content.command("reindex")
@click.option("--fewer", is_flag=True, help="Also when fewer documents than now would serve.")
def reindex(fewer: bool) -> None:
    """Make the search's posts anew from Postgres, beside those that serve, then switch.

    For a moment at the end the log service's writes wait. Whatever ends it before the switch
    changes nothing that is searched: exit 1; run again, it goes on where it was.
    """
    asyncio.run(_reindex(load_settings(), fewer))


async def _reindex(settings: Settings, fewer: bool) -> None:
    from chatstream.commands.content_reindex import (  # noqa: PLC0415 (slow to load)
        ContentReindex,
        PostLines,
    )
    from chatstream.commands.index_rebuild import IndexRebuildError  # noqa: PLC0415
    from infra.elastic.client import connect  # noqa: PLC0415
    from infra.elastic.fresh_indices import FreshIndices  # noqa: PLC0415
    from infra.postgres.databases import single_database  # noqa: PLC0415
    from infra.postgres.facts import PostgresFacts  # noqa: PLC0415

    database = single_database(settings, databases.CONTENT)
    facts = PostgresFacts({}, {}, {databases.CONTENT: database})
    lines = PostLines(facts=facts, heads=facts, partitions=settings.kafka.partitions)
    try:
        async with connect(settings.elastic) as client:
            fresh = FreshIndices(client, settings.elastic, CONTENTS, [POSTS])
            made = await ContentReindex(lines, fresh, click.echo).run(fewer=fewer)
    except TransientFailure as error:
        raise IndexRebuildError(
            f"{error}\nwhat is searched is as it was; when the server answers again, run the"
            " command again: it goes on where it was"
        ) from error
    finally:
        await database.close()
    click.echo("the posts were made anew" if made else "nothing has been published")
