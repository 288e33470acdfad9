"""The command `log`: what Elasticsearch has, compared with Postgres and made anew from it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence

import click

from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings

_MONTH = re.compile(r"\d{4}\.(0[1-9]|1[0-2])")


def register(group: click.Group) -> None:
    """Add `log` with `rebuild` and `verify`."""
    group.add_command(log)


@click.group()
def log() -> None:
    """Look after what the log service keeps."""


@log.command("rebuild")
@click.option("--month", multiple=True, help="Only this one, YYYY.MM; may be repeated.")
@click.option("--fewer", is_flag=True, help="Also when fewer documents than now would serve.")
def rebuild(month: tuple[str, ...], fewer: bool) -> None:
    """Make the documents of the search anew from Postgres, beside those that serve, then switch.

    For a moment at the end the log service's writes wait. Whatever ends it before the switch
    changes nothing that is searched: exit 1; run again, it goes on where it was.
    """
    months = asyncio.run(_rebuild(load_settings(), _checked(month), fewer))
    click.echo(f"{months} months were made anew")


async def _rebuild(settings: Settings, months: Sequence[str], fewer: bool) -> int:
    from chatstream.commands.log_rebuild import LogRebuild  # noqa: PLC0415 (slow to load)
    from infra.elastic.client import connect  # noqa: PLC0415
    from infra.elastic.fresh_months import FreshMonths  # noqa: PLC0415
    from infra.postgres.present_messages import open_present  # noqa: PLC0415
    from tables.followed.serving_words import open_serving_words  # noqa: PLC0415

    async with (
        open_serving_words(settings.kafka) as words,
        connect(settings.elastic) as client,
        open_present(settings) as messages,
    ):
        fresh = FreshMonths(client, settings.elastic, months)
        return await LogRebuild(messages, fresh, words, click.echo).run(fewer=fewer)


@log.command("verify")
@click.option("--month", multiple=True, help="Only this one, YYYY.MM; may be repeated.")
@click.option("--room", multiple=True, help="Only this one, by its id; may be repeated.")
@click.option("--patience", default=30.0, help="Seconds the log service has for what came last.")
def verify(month: tuple[str, ...], room: tuple[str, ...], patience: float) -> None:
    """Compare the documents of the search with Postgres; exit 1 when one differs.

    Counts of everything, by room and month, and samples of the texts. What differs is looked at
    again until its time is over, then told by its ids.
    """
    found = asyncio.run(_verify(load_settings(), _checked(month), room, patience))
    click.echo(f"{found} documents differ" if found else "the search is right")
    if found:
        sys.exit(1)


async def _verify(
    settings: Settings, months: Sequence[str], rooms: Sequence[str], patience: float
) -> int:
    from agents.log_maintenance.verify import LogVerifier  # noqa: PLC0415 (slow to load)
    from infra.elastic.client import connect  # noqa: PLC0415
    from infra.elastic.held_messages import HeldMessages  # noqa: PLC0415
    from infra.postgres.present_messages import open_present  # noqa: PLC0415

    async with connect(settings.elastic) as client, open_present(settings) as messages:
        held = HeldMessages(client.options(request_timeout=60))
        verifier = LogVerifier(messages, held, click.echo, months=months, patience=patience)
        found = await (verifier.rooms(rooms) if rooms else verifier.everything())
        return sum(found.values())


def _checked(months: Sequence[str]) -> Sequence[str]:
    for each in months:
        if not _MONTH.fullmatch(each):
            raise ConfigurationError(f"--month {each}: is written YYYY.MM, such as 2026.11")
    return months
