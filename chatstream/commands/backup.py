"""The command `backup`: all databases of the installation into files, and back."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from chatstream.domain.backups import KEPT_DAYS
from chatstream.settings import load_settings
from infra.embedded.command import CLONE
from infra.embedded.resting import services_resting

_BACKUP = click.Path(path_type=Path, exists=True, file_okay=False)


def register(group: click.Group) -> None:
    """Add `backup` with its commands."""
    group.add_command(backup)


@click.group()
def backup() -> None:
    """Back up the databases, and restore them."""


@backup.command("create")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def create(folder: Path) -> None:
    """Dump every database into a new folder below FOLDER, while everything runs."""
    from chatstream.commands import backup_files  # noqa: PLC0415 (slow to load)

    backup_files.create(load_settings(), folder, click.echo)


@backup.command("list")
@click.argument("folder", type=_BACKUP)
def list_backups(folder: Path) -> None:
    """List the whole backups of FOLDER, oldest first."""
    from chatstream.commands import backup_files  # noqa: PLC0415

    for path in backup_files.found_in(folder):
        manifest = backup_files.read(path)
        rows = sum(sum(each.rows.values()) for each in manifest.databases)
        click.echo(
            f"{manifest.name} release={manifest.release} databases={len(manifest.databases)}"
            f" rows={rows} bytes={manifest.bytes}"
        )


@backup.command("verify")
@click.argument("path", type=_BACKUP)
def verify(path: Path) -> None:
    """Exit 1 unless every file of the backup PATH is as it was written."""
    from chatstream.commands import backup_files  # noqa: PLC0415

    manifest = backup_files.require_whole(path)
    click.echo(f"{manifest.name} is whole: {manifest.bytes} bytes")


@backup.command("prune")
@click.argument("folder", type=_BACKUP)
@click.option(
    "--days",
    type=click.IntRange(1, KEPT_DAYS),
    default=KEPT_DAYS,
    show_default=True,
    help="How old a backup may be; no farther back reaches the log.",
)
def prune(folder: Path, days: int) -> None:
    """Remove the backups of FOLDER that are older, and halves of interrupted ones."""
    from chatstream.commands import backup_files  # noqa: PLC0415

    backup_files.prune(folder, days, click.echo)


@backup.command("restore")
@click.argument("path", type=_BACKUP)
@click.option("--replace", is_flag=True, help="Give up what the databases hold.")
@click.option(
    "--without-log",
    is_flag=True,
    help="The state of the backup alone; what was acknowledged since is given up.",
)
@click.option(
    "--stop-services",
    is_flag=True,
    help="Of this clone's own stack: stop its services before, and start them afterwards.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=CLONE,
    help="Where `var/` of that stack lies; default: the clone.",
)
def restore(
    path: Path, root: Path, *, replace: bool, without_log: bool, stop_services: bool
) -> None:
    """Make every database anew from the backup PATH, and do again what the log says since.

    Nothing is changed unless the backup is whole, nobody uses the databases, and the log goes on
    where the backup ends.
    """
    from chatstream.commands import restoring  # noqa: PLC0415

    with services_resting(root, click.echo) if stop_services else nullcontext():
        restoring.restore(
            load_settings(), path, click.echo, replace=replace, without_log=without_log
        )
