"""The command `migrate`: what workers find made when they start, whole or part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from chatstream.commands.friends import move_friends
from chatstream.settings import Settings, load_settings


def register(group: click.Group) -> None:
    """Add `migrate` to a group."""
    group.add_command(migrate)


def _keys(settings: Settings) -> None:
    from infra.security.keys import ensure_keys  # noqa: PLC0415 (cryptography loads slowly)

    ensure_keys(settings.auth.keys_dir)
    click.echo(f"the keys are in {settings.auth.keys_dir}")


def _databases(settings: Settings) -> None:
    from infra.postgres.migrate import migrate as migrate_databases  # noqa: PLC0415 (slow to load)

    migrate_databases(settings)
    click.echo("databases are at the newest schema")
    move_friends(settings, click.echo)


def _templates(settings: Settings) -> None:
    from infra.elastic.templates import migrate as migrate_templates  # noqa: PLC0415 (slow to load)

    for name, done in migrate_templates(settings.elastic).items():
        click.echo(f"index template {name}: {done}")


PARTS: Mapping[str, Callable[[Settings], None]] = {
    "keys": _keys,
    "databases": _databases,
    "templates": _templates,
}
"""What `migrate` does, in its order; none needs another's."""


@click.command()
@click.option(
    "--only", type=click.Choice([*PARTS]), multiple=True, help="A part of it; may be repeated."
)
def migrate(only: tuple[str, ...]) -> None:
    """Bring databases, keys and index templates to the newest state. Idempotent."""
    settings = load_settings()
    for name, bring in PARTS.items():
        if name in only or not only:
            bring(settings)
