"""The command that looks for what is left of an erased account."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import click

from chatstream.domain.traces import Needle, Store, Trace, is_allowed
from chatstream.settings import Settings, load_settings


def register(cli: click.Group) -> None:
    """Add `erasure` with `check`."""

    @cli.group("erasure")
    def group() -> None:
        """Look after erased accounts."""

    group.command("check")(check)


@click.argument("account_id")
@click.option("--handle", help="The handle the account had; nothing here knows it any more.")
def check(account_id: str, handle: str | None) -> None:
    """Search every store for ACCOUNT_ID; exit 1 when something is found that must not be.

    Reads everything there is: minutes on a large system.
    """
    needles = {Needle.ACCOUNT: account_id} | ({Needle.HANDLE: handle} if handle else {})
    forbidden = 0
    for needle, text in needles.items():
        for trace in sorted(_traces(load_settings(), needle, text), key=str):
            forbidden += not is_allowed(trace)
            verdict = "allowed" if is_allowed(trace) else "MUST NOT BE"
            click.echo(f"{trace.needle}: {trace.store} {trace.place}: {trace.count} {verdict}")
    click.echo(
        "nothing but what the receipt allows" if not forbidden else "the erasure is not whole"
    )
    if forbidden:
        sys.exit(1)


def _traces(settings: Settings, needle: Needle, text: str) -> Iterator[Trace]:
    from infra.postgres.traces import find_rows  # noqa: PLC0415 (slow to load)

    for databases in settings.postgres.lineages.values():
        for name, dsn in databases.items():
            for table, count in find_rows(dsn, text):
                yield Trace(Store.POSTGRES, f"{name}.{table}", needle, count)
    yield from asyncio.run(_far_traces(settings, needle, text))


async def _far_traces(settings: Settings, needle: Needle, text: str) -> list[Trace]:
    from infra.elastic.client import connect  # noqa: PLC0415 (slow to load)
    from infra.elastic.traces import find_documents  # noqa: PLC0415
    from infra.kafka.traces import find_records  # noqa: PLC0415

    client = connect(settings.elastic)
    try:
        documents = await find_documents(client, text)
    finally:
        await client.close()
    records = await find_records(settings.kafka, text)
    return [Trace(Store.ELASTICSEARCH, index, needle, count) for index, count in documents] + [
        Trace(Store.KAFKA, topic, needle, count) for topic, count in records.items()
    ]
