"""The commands: worker, topics, migrate, run and those beside them."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from chatstream.commands import (
    backup,
    brokers,
    content,
    coupons,
    dead_letters,
    demo_accounts,
    erasures,
    friends,
    gateway,
    kibana,
    log,
    migrating,
    operators,
    policy,
    reporting,
    search,
    ship,
    signing,
    stack,
    stats,
    variables,
)
from chatstream.errors import ChatStreamError, ConfigurationError
from chatstream.settings import load_settings
from infra.embedded import doctor
from infra.garbage import uncollected
from infra.kafka.topics import TopicAdmin
from schemas import topic_table
from schemas.catalogue import SERVICES


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """ChatStream: chat on Kafka. Settings come from CHATSTREAM_… variables."""


@cli.command()
@click.argument("service", type=click.Choice([each.name for each in SERVICES]))
@click.argument("guests", nargs=-1, type=click.Choice([e.name for e in SERVICES if e.is_quiet]))
def worker(service: str, guests: tuple[str, ...]) -> None:
    """Run one worker of SERVICE in this process until SIGTERM or Ctrl-C.

    GUESTS are further services, quiet ones, that run in it as well; CHATSTREAM_GUESTS tells what
    each has for itself.
    """
    os.environ["CHATSTREAM_SERVICE"] = service
    with uncollected():
        from chatstream import worker as program  # noqa: PLC0415 (reads the environment)
        from infra.faust.host import worker_of  # noqa: PLC0415 (it chooses the event loop)

    if {*guests} != program.settings.guests.keys():
        raise ConfigurationError(
            f"CHATSTREAM_GUESTS tells of {[*program.settings.guests]}, the command of {[*guests]}:"
            " give each of these worker, data_dir and port there, and name no other"
        )
    process = worker_of(program.app, program.guests, program.settings.log_level)
    process.execute_from_commandline()


@cli.group()
def topics() -> None:
    """Create, check or list the topics."""


@topics.command("create")
def topics_create() -> None:
    """Create the topics that are missing; refuse one that is different. Idempotent."""

    async def run() -> None:
        async with TopicAdmin(load_settings().kafka) as admin:
            for spec in await admin.create():
                click.echo(f"created {spec.name}")
        click.echo("topics are right")

    asyncio.run(run())


@topics.command("check")
def topics_check() -> None:
    """Exit 1 and name each topic that is missing or different from the catalogue."""

    async def run() -> None:
        async with TopicAdmin(load_settings().kafka) as admin:
            await admin.check()
        click.echo("topics are right")

    asyncio.run(run())


@topics.command("list")
def topics_list() -> None:
    """List the catalogue: name, key, retention, partitions on the broker, what is wrong."""

    async def run() -> None:
        async with TopicAdmin(load_settings().kafka) as admin:
            for state in await admin.states():
                spec = state.spec
                click.echo(
                    f"{spec.name:38} key={spec.key:10} days={spec.days}"
                    f" partitions={state.partitions} {state.problem or 'ok'}"
                )

    asyncio.run(run())


@topics.command("table")
def topics_table() -> None:
    """Print the catalogue as a document (docs/topics.md)."""
    click.echo(topic_table.text(), nl=False)


migrating.register(cli)
gateway.register(cli)
demo_accounts.register(cli)
doctor.register(cli)
stack.register(cli)
brokers.register(cli)
backup.register(cli)
variables.register(cli)
policy.register(cli)
operators.register(cli)
ship.register(cli)
signing.register(cli)
erasures.register(cli)
friends.register(cli)
coupons.register(cli)
content.register(cli)
stats.register(cli)
search.register(cli)
kibana.register(cli)
log.register(cli)
dead_letters.register(cli)
reporting.register(cli)


@cli.command()
@click.option(
    "--url",
    default=None,
    help="Public address; else of this clone's running stack, or CHATSTREAM_WEB__PUBLIC_URL.",
)
@click.option("--port", envvar="PORT", type=int, default=None, help="Of a stack on this machine.")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Authority of its certificate; else that of this clone's own stack, if it is that.",
)
def demo(url: str | None, port: int | None, ca: Path | None) -> None:
    """Play the scene in the terminal: two people, a room, a message, search and words."""
    from chatstream.commands.demo import play  # noqa: PLC0415
    from chatstream.commands.target import target_of  # noqa: PLC0415

    target = target_of(url, port, ca)
    asyncio.run(play(target.url, click.echo, target.trusting))


@cli.command()
def asyncapi() -> None:
    """Print the topics and the STOMP interface as an AsyncAPI document (docs/asyncapi.yaml)."""
    from chatstream.contexts import all_news  # noqa: PLC0415 (slow to load)
    from web.asyncapi import text  # noqa: PLC0415

    click.echo(text(all_news()), nl=False)


def main() -> None:
    """Run a command; an expected failure is one clear text and exit code 1."""
    try:
        cli()
    except ChatStreamError as error:
        click.echo(f"chatstream: {error}", err=True)
        sys.exit(1)
