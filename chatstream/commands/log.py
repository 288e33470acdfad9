"""The command `log`: what Elasticsearch has, compared with Postgres and made anew from it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from chatstream.domain.documents import MESSAGES
from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

    from agents.log_maintenance.events import Line
    from chatstream.commands.log_events import LogEvents

_MONTH = re.compile(r"\d{4}\.(0[1-9]|1[0-2])")

_patience = click.option(
    "--patience", default=30.0, help="Seconds the log service has for what came last."
)


def register(group: click.Group) -> None:
    """Add `log` with `rebuild` and `verify`."""
    group.add_command(log)


@click.group()
def log() -> None:
    """Look after what the log service keeps."""


@log.command("rebuild")
@click.option("--month", multiple=True, help="Only this one, YYYY.MM; may be repeated.")
@click.option("--fewer", is_flag=True, help="Also when fewer documents than now would serve.")
@click.option("--events", is_flag=True, help="Only create the events that are missing.")
@_patience
def rebuild(month: tuple[str, ...], fewer: bool, events: bool, patience: float) -> None:
    """Make the documents of the search anew from Postgres, and the events that are missing.

    Documents are made beside those that serve, then switched to. For a moment at the end the log
    service's writes wait. Whatever ends it before the switch changes nothing that is searched: exit
    1; run again, it goes on where it was. Events are created where they belong.
    """
    settings, months = load_settings(), _checked(month)
    if not events:
        made = asyncio.run(_rebuild(settings, months, fewer))
        click.echo(f"{made} months were made anew")
    created = asyncio.run(_fill(settings, months, patience))
    click.echo(f"{created} events were missing and are created")


async def _rebuild(settings: Settings, months: Sequence[str], fewer: bool) -> int:
    from chatstream.commands.log_rebuild import LogRebuild  # noqa: PLC0415 (slow to load)
    from infra.elastic.client import connect  # noqa: PLC0415
    from infra.elastic.fresh_indices import FreshIndices  # noqa: PLC0415
    from infra.postgres.present_messages import open_present  # noqa: PLC0415
    from tables.followed.serving_words import open_serving_words  # noqa: PLC0415

    async with (
        open_serving_words(settings.kafka) as words,
        connect(settings.elastic) as client,
        open_present(settings) as messages,
    ):
        fresh = FreshIndices(client, settings.elastic, MESSAGES, months)
        return await LogRebuild(messages, fresh, words, click.echo).run(fewer=fewer)


async def _fill(settings: Settings, months: Sequence[str], patience: float) -> int:
    from infra.elastic.client import connect  # noqa: PLC0415 (slow to load)
    from infra.elastic.sink import ElasticDocuments  # noqa: PLC0415
    from infra.kafka.offsets import KafkaOffsets  # noqa: PLC0415

    async with (
        connect(settings.elastic) as client,
        _log_events(settings, client, months, patience) as (events, lines),
    ):
        store = ElasticDocuments(client, settings.elastic)
        return await events.fill(lines, store, KafkaOffsets(settings.kafka))


@asynccontextmanager
async def _log_events(
    settings: Settings, client: AsyncElasticsearch, months: Sequence[str], patience: float
) -> AsyncIterator[tuple[LogEvents, Sequence[Line]]]:
    """Every line there is, and what fills or counts its gaps."""
    from agents.log_maintenance.events import EventGaps  # noqa: PLC0415 (slow to load)
    from chatstream.commands.log_events import LogEvents  # noqa: PLC0415
    from infra.elastic.held_events import HeldEvents  # noqa: PLC0415
    from infra.postgres.facts import FACT_LINES, open_facts  # noqa: PLC0415

    lines = [(topic, each) for topic in FACT_LINES for each in range(settings.kafka.partitions)]
    held = HeldEvents(client.options(request_timeout=60))
    async with open_facts(settings) as facts:
        gaps = EventGaps(facts, held, settings.log.events_days, click.echo, months=months)
        yield LogEvents(gaps, click.echo, patience), lines


@log.command("verify")
@click.option("--month", multiple=True, help="Only this one, YYYY.MM; may be repeated.")
@click.option(
    "--room", multiple=True, help="Only this one, by its id, without events; may be repeated."
)
@_patience
def verify(month: tuple[str, ...], room: tuple[str, ...], patience: float) -> None:
    """Compare what the log keeps with Postgres; exit 1 when a document differs or is missing.

    Of the search counts of everything, by room and month, and samples of the texts; whether each
    fact has its event. What differs is looked at again until its time is over, then told by its
    ids.
    """
    found = asyncio.run(_verify(load_settings(), _checked(month), room, patience))
    click.echo(f"{found} documents differ" if found else "the log is right")
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
        if rooms:
            return sum((await verifier.rooms(rooms)).values())
        found = sum((await verifier.everything()).values())
        async with _log_events(settings, client, months, patience) as (events, lines):
            return found + sum((await events.count(lines)).values())


def _checked(months: Sequence[str]) -> Sequence[str]:
    for each in months:
        if not _MONTH.fullmatch(each):
            raise ConfigurationError(f"--month {each}: is written YYYY.MM, such as 2026.11")
    return months
