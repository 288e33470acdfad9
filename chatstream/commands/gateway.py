"""The command `gateway`: nginx in front of the fronts, where no supervisor writes its file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from schemas.catalogue import POOLS
from schemas.services import FRONT, FRONT_AUTH

ADDRESSES = "host:port of each; may be repeated."
NAME_SERVERS = Path("/etc/resolv.conf")

Command = Callable[..., None]


def register(group: click.Group) -> None:
    """Add `gateway` to a group."""
    group.add_command(gateway)


def _pooled(command: Command) -> Command:
    """With an option for each pool, in their order; what is apart may be left out."""
    for pool in reversed(POOLS):
        aside = " Left out: `front` serves its paths." if pool.is_apart else ""
        option = click.option(
            f"--{pool.name}", multiple=True, required=not pool.is_apart, help=ADDRESSES + aside
        )
        command = option(command)
    return command


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@_pooled
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    default=Path("/tmp/gateway"),  # noqa: S108 (of a container, where it is nobody else's)
    show_default=True,
    help="Where nginx keeps its file and what it buffers.",
)
@click.option(
    "--follow-names",
    is_flag=True,
    help=f"Look the names up every 2 s, all addresses of each, as {NAME_SERVERS} says.",
)
def gateway(port: int, folder: Path, follow_names: bool, **pools: tuple[str, ...]) -> None:
    """Run nginx in place of this process, in front of the fronts at these addresses.

    A name is looked up once, unless names are followed (they are whole names then): give addresses
    where a front may come back under another.
    """
    from infra.nginx import render  # noqa: PLC0415 (slow to load)

    resolvers = render.resolvers(NAME_SERVERS.read_text()) if follow_names else ()
    others = {name.replace("_", "-"): addresses for name, addresses in pools.items() if addresses}
    config = render.GatewayConfig(
        port,
        others.pop(FRONT.name),
        others.pop(FRONT_AUTH.name),
        folder,
        resolvers=resolvers,
        others=others,
    )
    command = render.command(render.write(config))
    os.execvp(command[0], command)  # noqa: S606 (our own file and the wheel's nginx)
