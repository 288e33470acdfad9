"""The command `stats`: the live tables against a recount from Postgres."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings

if TYPE_CHECKING:
    from agents.recount import Recounter
    from chatstream.ports.counting import LineHeads

_TRIES = 20
_SHOWN = 10


def register(group: click.Group) -> None:
    """Add `stats` with `verify`."""
    group.add_command(stats)


@click.group()
def stats() -> None:
    """Look after the live tables."""


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


async def _verify(settings: Settings, workers: Sequence[str], partitions: list[int]) -> int:
    """How many counts differ or partitions cannot be compared."""
    from agents.recount import Recounter  # noqa: PLC0415 (slow to load)
    from infra.postgres.databases import auth_database, chat_databases  # noqa: PLC0415
    from infra.postgres.facts import PostgresFacts  # noqa: PLC0415
    from infra.text.dictionary import read_dictionary  # noqa: PLC0415
    from infra.text.korean import Words  # noqa: PLC0415

    databases, auth = chat_databases(settings), auth_database(settings)
    try:
        await databases.open()
        reader = PostgresFacts(databases.homes, databases.chat, auth)
        recounter = Recounter(reader, Words(read_dictionary(settings.stats.dictionary)))
        return sum([await _compare(workers, recounter, reader, each) for each in partitions])
    finally:
        await databases.close()
        await auth.close()


async def _compare(
    workers: Sequence[str], recounter: Recounter, heads: LineHeads, partition: int
) -> int:
    from agents.words import SOURCES  # noqa: PLC0415 (slow to load)
    from chatstream.domain.drift import TornError  # noqa: PLC0415

    for _ in range(_TRIES):
        rows = await _rows(workers, partition)
        if rows is None:
            click.echo(f"partition {partition}: no worker can be asked for it")
            return 1
        try:
            held, found = await recounter.compare(partition, rows)
        except TornError:
            await asyncio.sleep(0.2)
            continue
        heads_now = [await heads.head(topic, partition) for topic in SOURCES]
        click.echo(
            f"partition {partition}: {held.messages} of {heads_now[0]} facts of messages,"
            f" {held.accounts} of {heads_now[1]} of accounts, {len(held.words)} words:"
            f" {len(found)} counts differ"
        )
        for each in found[:_SHOWN]:
            click.echo(f"  {each.table} {each.name}: {each.held}, should be {each.counted}")
        return len(found)
    click.echo(f"partition {partition}: it is being written all the time")
    return 1


async def _rows(workers: Sequence[str], partition: int) -> list[Any] | None:
    """The rows from the worker that owns the partition; None when none has it."""
    import aiohttp  # noqa: PLC0415 (slow to load)
    import msgspec  # noqa: PLC0415

    timeout = aiohttp.ClientTimeout(total=600)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        for worker in workers:
            url = f"{worker.rstrip('/')}/internal/snapshots/{partition}"
            try:
                async with http.get(url) as response:
                    if response.status == 200:
                        return list(msgspec.json.Decoder().decode_lines(await response.read()))
            except (aiohttp.ClientError, TimeoutError):
                continue
    return None
