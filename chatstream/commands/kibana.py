"""The command `kibana`: the dashboards for historical logs."""

from __future__ import annotations

from pathlib import Path

import click

from chatstream.errors import ConfigurationError


def register(group: click.Group) -> None:
    """Add `kibana` with `build`."""
    group.add_command(kibana)


@click.group()
def kibana() -> None:
    """Dashboards for historical logs."""


@kibana.command("build")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file is not as it would.")
def build(check: bool) -> None:
    """Make the files for Kibana's import from the sources in infra/kibana."""
    from infra.kibana import saved_objects  # noqa: PLC0415 (slow to load)

    folder = Path(saved_objects.__file__).parent
    for language, name in saved_objects.FILES.items():
        if saved_objects.committed(language) == saved_objects.ndjson(language):
            click.echo(f"{name} is as the sources say")
        elif check:
            raise ConfigurationError(f"{name} is not what the sources give: run `kibana build`")
        else:
            (folder / name).write_bytes(saved_objects.ndjson(language))
            click.echo(f"{name} is written")
