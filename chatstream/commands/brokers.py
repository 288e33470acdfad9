"""The brokers of Kafka: which partitions each has, and one that begins anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from chatstream.settings import load_settings
from infra.embedded.attached import attach
from infra.embedded.command import CLONE
from infra.embedded.rebuilding import rebuild as rebuild_broker
from infra.kafka.replicas import Replicas, all_replicas

BEHIND_MOST = 10
"""Partitions that are named; of more only the number."""


@click.group()
def brokers() -> None:
    """What each broker has, and one that has lost its folder."""


@brokers.command("list")
@click.pass_context
def list_brokers(context: click.Context) -> None:
    """List each broker with its partitions; exit 1 if one of them lacks something."""
    found = asyncio.run(all_replicas(load_settings().kafka))
    for line in lines_of(found):
        click.echo(line)
    context.exit(1 if any(each.behind or each.leader < 0 for each in found) else 0)


def lines_of(replicas: Sequence[Replicas]) -> Iterator[str]:
    """What `list` says: a line for each broker, then the partitions that lack something."""
    for node in sorted(set[int]().union(*(each.nodes for each in replicas))):
        held = [each for each in replicas if node in each.nodes]
        leads = sum(each.leader == node for each in held)
        whole = sum(node in each.in_sync for each in held)
        yield f"broker {node}: leads {leads} partitions, has all of {whole} of {len(held)}"
    wrong = [each for each in replicas if each.behind or each.leader < 0]
    for each in wrong[:BEHIND_MOST]:
        missing = ", ".join(map(str, sorted(each.behind)))
        nobody = "" if each.leader >= 0 else "; nobody leads"
        yield f"{each.topic}/{each.partition}: behind are {missing or 'none'}{nobody}"
    if len(wrong) > BEHIND_MOST:
        yield f"and {len(wrong) - BEHIND_MOST} partitions more"


@brokers.command()
@click.argument("name")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=CLONE,
    help="Where `var/` of the running stack lies; default: the clone.",
)
def rebuild(name: str, root: Path) -> None:
    """Let the broker NAME (kafka-2) begin with an empty folder, filled from the others.

    Everything goes on meanwhile. Refused where the others have not everything.
    """
    with attach(root) as stack:
        rebuild_broker(stack, name, click.echo)


def register(group: click.Group) -> None:
    """Add the commands `brokers …` to a group."""
    group.add_command(brokers)
