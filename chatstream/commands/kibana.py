"""The command `kibana`: the dashboards for historical logs, made and brought into a Kibana."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from chatstream.errors import ConfigurationError
from chatstream.settings import KibanaSettings, load_settings

LANGUAGES = ("en", "ko")
LANGUAGE = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", help="Of the texts people read."
)


def register(group: click.Group) -> None:
    """Add `kibana` with `build` and `import`."""
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


@kibana.command("import")
@click.option("--url", default=None, help="Of Kibana; else CHATSTREAM_KIBANA__URL.")
@click.option("--space", default=None, help="Its id; else CHATSTREAM_KIBANA__SPACE.")
@click.option("--overwrite", is_flag=True, help="Replace what is there already.")
@LANGUAGE
def import_(url: str | None, space: str | None, overwrite: bool, language: str) -> None:
    """Bring the data views, searches, panels and dashboards into Kibana.

    Credentials come from CHATSTREAM_KIBANA__API_KEY, or __USER and __PASSWORD, never from an
    argument, which every process of the machine may read.
    """
    from infra.kibana import saved_objects  # noqa: PLC0415 (slow to load)
    from infra.kibana.importing import import_objects  # noqa: PLC0415

    settings = _chosen(load_settings().kibana, url, space)
    content = saved_objects.committed(language)
    found = asyncio.run(import_objects(settings, content, overwrite=overwrite))
    parts = ", ".join(f"{count} {kind}" for kind, count in sorted(found.objects.items()))
    click.echo(f"imported {found.count} objects ({parts}): see Dashboards at {settings.url}")


def _chosen(settings: KibanaSettings, url: str | None, space: str | None) -> KibanaSettings:
    given = {"url": url, "space": space}
    chosen = {name: value for name, value in given.items() if value is not None}
    return settings.model_copy(update=chosen)
