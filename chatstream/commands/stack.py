"""The commands that run a whole stack on this machine: run, stop, clean-data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from infra.embedded import rolling
from infra.embedded import run as launcher
from infra.embedded.brokers import COUNTS
from infra.embedded.captured import COUNTS as CAPTURED
from infra.embedded.command import CLONE
from infra.embedded.shape import StackShape
from schemas.catalogue import SERVICES

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=CLONE,
    help="Where `var/` lies, with all data and logs; default: the clone.",
)


Command = Callable[..., None]


def _counted(command: Command) -> Command:
    """With an option a service of which there may be several processes, in their order."""
    for service in reversed(SERVICES):
        if not service.is_single:
            option = click.option(
                f"--{service.name}",
                envvar=service.variable,
                type=click.IntRange(1, 8),
                default=1,
                show_default=True,
                show_envvar=True,
                help=f"Processes of the service `{service.name}`.",
            )
            command = option(command)
    return command


@click.command()
@click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(1, 65000),
    default=8080,
    show_default=True,
    show_envvar=True,
    help="The public port; the others follow it.",
)
@click.option(
    "--brokers",
    envvar="BROKERS",
    type=click.Choice([str(count) for count in COUNTS]),
    default="1",
    show_default=True,
    show_envvar=True,
    help="Brokers of Kafka; with 3 any one of them may be away.",
)
@click.option(
    "--tls",
    envvar="TLS",
    is_flag=True,
    show_envvar=True,
    help="Speak HTTPS, by a certificate of this clone's own.",
)
@click.option(
    "--monitor",
    envvar="MONITOR",
    is_flag=True,
    show_envvar=True,
    help="Start Prometheus and Alertmanager beside it, on loopback.",
)
@click.option(
    "--cdc",
    envvar="CDC",
    is_flag=True,
    show_envvar=True,
    help="Capture changes by Kafka Connect, into a database for reports.",
)
@click.option(
    "--together",
    envvar="TOGETHER",
    is_flag=True,
    show_envvar=True,
    help="Let user, friend, coupon and content share a process, where there is one of each; not"
    " with --monitor.",
)
@_counted
@root_option
def run(
    root: Path, port: int, brokers: str, *, tls: bool, monitor: bool, cdc: bool, **counts: int
) -> None:
    """Start servers, services and gateway, and keep them until Ctrl-C."""
    is_together = bool(counts.pop("together"))
    named = {name.replace("_", "-"): n for name, n in counts.items()}
    if cdc:
        named |= CAPTURED
    shape = StackShape(named, brokers=int(brokers), tls=tls, is_together=is_together)
    launcher.run(root, port, shape, _say, monitor=monitor)


@click.command()
@root_option
def stop(root: Path) -> None:
    """Stop what `run` started in this clone, cleanly; the data stays."""
    launcher.stop(root, _say)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(rolling.NAMES), metavar="[SERVICE]…")
@root_option
def restart(root: Path, names: tuple[str, ...]) -> None:
    """Replace the processes of what runs here, one after another, while it serves.

    Databases and topics first; then each SERVICE, or all of them, shipper and nginx.
    """
    rolling.restart(root, names, _say)


@click.command("clean-data")
@click.option("--yes", is_flag=True, help="Do not ask.")
@root_option
def clean_data(root: Path, yes: bool) -> None:
    """Forget all accounts, rooms and messages of this clone. Asks first."""
    if not yes:
        click.confirm(f"Remove {root / 'var'} with all accounts, rooms and messages?", abort=True)
    launcher.forget(root)
    _say("forgotten")


def _say(line: str) -> None:
    click.echo(line)


def register(group: click.Group) -> None:
    """Add the commands to the program's."""
    for command in (run, stop, restart, clean_data):
        group.add_command(command)
